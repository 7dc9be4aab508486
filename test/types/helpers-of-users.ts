/** Helpers as users write them: every type that they need has a public name. */
import type {
  Cleaned,
  CleanRules,
  Conversion,
  Effect,
  EffectOptions,
  Exhaustive,
  FlowBuilder,
  idempotent,
  Lineage,
  Mapping,
  Model,
  Policy,
  Routes,
  SinkChannel,
  Unanswered,
} from 'isthmus'
import { trim } from 'isthmus/clean'

interface Base {
  readonly id: string
  readonly site: string
}

const tidy = { site: trim } satisfies CleanRules<Base>

export function tidied(begun: FlowBuilder<Base>): FlowBuilder<Cleaned<Base, typeof tidy>> {
  return begun.clean(tidy)
}

export function bySite<T extends Base>(routes: Routes<T>, sink: SinkChannel<T>): Exhaustive {
  return routes
    .when(
      'home',
      data => data.site === 'home',
      home => home.to(sink, data => data),
    )
    .otherwise(rest => rest)
}

export const numbered: Conversion<Base, { readonly no: string }> = { no: base => base.id }
export const again: EffectOptions<typeof idempotent> = { id: 'again', unanswered: 'retry' }
export const patient: Policy<Effect<'idempotent'>> = { retry: { attempts: 9 }, unanswered: 'retry' }
export const careful: Unanswered<Effect<'irreversible', true>>[] = ['park', 'probe']

export function lineageOf<From, To>(mapping: Mapping<From, To>, from: Model<From>): Lineage {
  return mapping.lineage(from)
}
