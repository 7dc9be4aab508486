import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import { callSite } from '../../system/call-site.ts'
import { channelId, type RequesterChannel, type SinkChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, idempotent } from '../../system/effect.ts'
import { sagasSystem } from '../../system/own-system.ts'
import { type Policy, policyNames } from '../../system/policy.ts'
import { checkName } from '../../system/system.ts'
import type { Phase, Saga } from './saga.ts'
import { keyField, type SagaEvent } from './saga-event.ts'
import {
  allStages,
  type CalledChannel,
  type Late,
  type SagaDefinition,
  type Scope,
  type Stage,
  type StepStage,
} from './stage.ts'

export interface SagaOptions {
  /** Raise it whenever the stages change; 1 if absent. */
  readonly version?: number | undefined
  /** Earlier versions of which sagas may still be under way: these end as what they began. */
  // biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every saga
  readonly earlier?: readonly Saga<any>[] | undefined
}

/** How a step is called. `commutes`, `compares`: see `StepStage`. */
export type SagaStepOptions<E extends Effect, S = unknown> = Policy<E> & {
  readonly commutes?: boolean | undefined
  readonly compares?: Exclude<keyof S & string, 'input'> | undefined
}

export interface WaitOptions<T, S> {
  /** Of the event; the key of the saga if absent. */
  readonly key?: ((scope: S) => string | number) | undefined
  /** Whether it is the one; any if absent. */
  readonly accept?: ((event: T, scope: S) => boolean) | undefined
  /** Such as `3d`; for ever if absent. */
  readonly within?: string | undefined
  /** What happens then; `undo` if absent (behind the pivot: `person`). */
  readonly late?: Late | undefined
}

export interface DecideOptions<S, C extends string> {
  readonly question: (scope: S) => string
  readonly options: readonly C[]
  /** Such as `3d`; for ever if absent. */
  readonly within?: string | undefined
  /** What happens then; `undo` if absent (behind the pivot: `person`). */
  readonly late?: Late | undefined
}

/** Who decided what, when and why. */
export interface Decided<C extends string = string> {
  readonly choice: C
  readonly by: string
  readonly why: string
  /** Milliseconds since 1970 UTC. */
  readonly at: number
}

const sagaNames: OptionNames<SagaOptions> = { version: true, earlier: true }
const stepNames: OptionNames<SagaStepOptions<Effect>> = { ...policyNames, commutes: true, compares: true }
const waitNames: OptionNames<WaitOptions<unknown, unknown>> = {
  key: true,
  accept: true,
  within: true,
  late: true,
}
const decideNames: OptionNames<DecideOptions<unknown, string>> = {
  question: 'needed',
  options: 'needed',
  within: true,
  late: true,
}

/** Begins a saga. There is one for each value of the model's key field; its name is part of effect keys. */
export function saga<T>(
  name: string,
  model: Model<T>,
  options: SagaOptions = {},
): SagaBuilder<T, { readonly input: T }, 'before pivot'> {
  checkName('saga', name)
  checkOptionNames(`Saga ${name}`, options, sagaNames)
  const at = callSite()
  if (model.key === undefined)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${at ?? 'somewhere'}: saga ${name}: the model ${model.name} has no key field, by which a saga would be found. Give it one.`,
    )
  const { version = 1, earlier = [] } = options
  const head = {
    name,
    version,
    model: model as Model<unknown>,
    key: (input: unknown) => String(keyField(model)(input as T)),
    earlier: earlier.map(({ definition }) => definition),
    at,
  }
  return new SagaBuilder(head, [], false)
}

type Head = Omit<SagaDefinition, 'stages'>

/** A step before the pivot, which may be taken back; one that is irreversible must be. */
type Stepped<T, S, P extends Phase, E extends Effect, U> = P extends 'before pivot'
  ? E['kind'] extends 'irreversible'
    ? Pick<UndoableSaga<T, S, U>, 'undo'>
    : UndoableSaga<T, S, U>
  : SagaBuilder<T, S, P>

type With<S, N extends string, O> = S & { readonly [name in N]: O }

/** What is known of something waited for: it may be missing where the saga goes on without it. */
type Came<T, L> = L extends 'go on' ? T | undefined : T

/** What a part adds that may not have happened. */
type Perhaps<S, S2> = S & Partial<Omit<S2, keyof S>>

type Joined<U> = (U extends unknown ? (x: U) => void : never) extends (x: infer I) => void ? I : never

type AddedBy<B, S> = {
  [name in keyof B]: B[name] extends { readonly results?: infer S2 } ? Omit<S2, keyof S> : never
}[keyof B]

/**
 * A saga that can still grow: each call gives a new one and leaves this one as it is. `S` is what is known at this point:
 * `input`, and the result of each stage under its id.
 */
export class SagaBuilder<T, S, P extends Phase> implements Saga<T, S, P> {
  readonly role = 'sink'
  readonly system = sagasSystem
  readonly name: string
  readonly model: Model<T>
  readonly options = Object.freeze({})
  readonly effect = idempotent
  readonly definition: SagaDefinition
  declare readonly results?: S
  declare readonly phase?: P
  protected readonly isBehindPivot: boolean

  constructor(head: Head, stages: readonly Stage[], isBehindPivot: boolean) {
    this.name = head.name
    this.model = head.model as Model<T>
    this.isBehindPivot = isBehindPivot
    this.definition = Object.freeze({ ...head, stages: Object.freeze([...stages]) })
    checkIds(this.definition)
  }

  /** Calls a requester, whose answer is known from here on under the step's id. */
  step<const N extends string, I, O, E extends Effect>(
    id: N,
    channel: RequesterChannel<I, O, E>,
    request: (scope: S) => NoInfer<I>,
    options?: SagaStepOptions<E, S>,
  ): Stepped<T, With<S, N, O>, P, E, S & { readonly [name in N]?: O }>
  /** Sends to a sink. */
  step<I, E extends Effect>(
    id: string,
    channel: SinkChannel<I, E>,
    request: (scope: S) => NoInfer<I>,
    options?: SagaStepOptions<E, S>,
  ): Stepped<T, S, P, E, S>
  step(id: string, channel: CalledChannel, request: (scope: never) => unknown, options = {}): unknown {
    return this.#stepped(this.#call(id, channel, request, options))
  }

  /**
   * The step from which there is no way back: when it has happened, everything behind it is tried until it happens, too.
   * If it is refused, what came before is taken back.
   */
  pivot<const N extends string, I, O, E extends Effect>(
    this: SagaBuilder<T, S, 'before pivot'>,
    id: N,
    channel: RequesterChannel<I, O, E>,
    request: (scope: S) => NoInfer<I>,
    options?: SagaStepOptions<E, S>,
  ): SagaBuilder<T, With<S, N, O>, 'behind pivot'>
  pivot<I, E extends Effect>(
    this: SagaBuilder<T, S, 'before pivot'>,
    id: string,
    channel: SinkChannel<I, E>,
    request: (scope: S) => NoInfer<I>,
    options?: SagaStepOptions<E, S>,
  ): SagaBuilder<T, S, 'behind pivot'>
  pivot(id: string, channel: CalledChannel, request: (scope: never) => unknown, options = {}): unknown {
    if (this.isBehindPivot) throw this.wrong(`a second pivot, "${id}". There is one at most.`)
    const stage = { ...this.#call(id, channel, request, options), isPivot: true }
    return this.grown(stage, true)
  }

  /**
   * Reads again what an earlier stage has read, which is known from here on under the stage's id; when it has changed in a
   * way that matters, the saga turns back. Between this and a write there is still time for changes: see `compares`.
   */
  recheck<const N extends string, I, O>(
    this: SagaBuilder<T, S, 'before pivot'>,
    id: N,
    channel: RequesterChannel<I, O, Effect<'read'>>,
    request: (scope: S) => NoInfer<I>,
    unchanged: (answer: O, scope: S) => boolean,
  ): SagaBuilder<T, With<S, N, O>, 'before pivot'> {
    if (this.isBehindPivot) throw this.wrong(`recheck "${id}" behind the pivot: there is no way back.`)
    const call = this.#call(id, channel as CalledChannel, request, {})
    return this.grown({ ...call, unchanged: unchanged as StepStage['unchanged'] })
  }

  /** Stages side by side: `together('prepare', part => ({ stock: part.step(...), credit: part.step(...) }))`. */
  // biome-ignore lint/suspicious/noExplicitAny: each part has results of its own
  together<const B extends Readonly<Record<string, Saga<T, any, P>>>>(
    id: string,
    branches: (part: SagaBuilder<T, S, P>) => B,
  ): SagaBuilder<T, S & Joined<AddedBy<B, S>>, P> {
    const declared = Object.entries(branches(this.#part())).map(([name, part]) => ({
      name,
      stages: this.#stagesOf(id, part),
    }))
    return this.grown({ kind: 'together', id, branches: declared })
  }

  /** Stages that are left out unless a condition holds. */
  when<S2>(
    id: string,
    holds: (scope: S) => boolean,
    stages: (part: SagaBuilder<T, S, P>) => Saga<T, S2, P>,
  ): SagaBuilder<T, Perhaps<S, S2>, P> {
    const declared = this.#stagesOf(id, stages(this.#part()))
    return this.grown({ kind: 'when', id, holds: holds as never, stages: declared })
  }

  /** Turns the saga back, for the reason named, unless the condition holds. */
  require(
    this: SagaBuilder<T, S, 'before pivot'>,
    reason: string,
    holds: (scope: S) => boolean,
  ): SagaBuilder<T, S, 'before pivot'> {
    if (this.isBehindPivot) throw this.wrong(`require("${reason}") behind the pivot: there is no way back.`)
    return this.grown({ kind: 'require', id: reason, holds: holds as never })
  }

  /** Waits for an event, which is known from here on under the stage's id. */
  wait<const N extends string, E, const O extends WaitOptions<E, S>>(
    id: N,
    event: SagaEvent<E>,
    options?: O & WaitOptions<NoInfer<E>, S>,
  ): SagaBuilder<T, With<S, N, Came<E, O['late']>>, P> {
    const given: WaitOptions<E, S> = options ?? {}
    checkOptionNames(`Saga ${this.name}, ${id}`, given, waitNames as OptionNames<WaitOptions<E, S>>)
    const { key = ({ input }) => this.definition.key(input), accept = () => true } = given as WaitOptions<
      unknown,
      Scope
    >
    return this.grown({
      kind: 'wait',
      id,
      event: event as SagaEvent<unknown>,
      key: scope => String(key(scope)),
      accept,
      ...this.#limit(given),
    })
  }

  /** Waits for a time: `'2h'`, or milliseconds by what is known. */
  delay(id: string, length: string | ((scope: S) => number)): SagaBuilder<T, S, P> {
    const fixed = typeof length === 'string' ? parseDuration(length) : undefined
    const of = typeof length === 'function' ? length : () => fixed ?? 0
    return this.grown({ kind: 'delay', id, length: of as never })
  }

  /** Waits for a person, whose decision is known from here on under the stage's id. */
  decide<const N extends string, const C extends string, const L extends Late = 'undo'>(
    id: N,
    options: DecideOptions<S, C> & { readonly late?: L },
  ): SagaBuilder<T, With<S, N, Came<Decided<C>, L>>, P> {
    checkOptionNames(
      `Saga ${this.name}, ${id}`,
      options as DecideOptions<unknown, string>,
      decideNames as OptionNames<DecideOptions<unknown, string>>,
    )
    const { question, options: choices } = options
    return this.grown({
      kind: 'decide',
      id,
      question: question as never,
      options: choices,
      ...this.#limit(options),
    })
  }

  /**
   * Keeps other sagas that lock the same text waiting until this one has ended. Whoever waits longer than `within`, or
   * closes a circle of sagas that wait for each other, turns back.
   */
  lock(
    this: SagaBuilder<T, S, 'before pivot'>,
    id: string,
    on: (scope: S) => string,
    options: { readonly within?: string } = {},
  ): SagaBuilder<T, S, 'before pivot'> {
    checkOptionNames(`Saga ${this.name}, ${id}`, options, { within: true })
    if (this.isBehindPivot)
      throw this.wrong(`lock "${id}" behind the pivot: who cannot have it must turn back.`)
    const { within } = options
    return this.grown({
      kind: 'lock',
      id,
      on: on as never,
      within: within === undefined ? undefined : parseDuration(within),
    })
  }

  /**
   * Runs another saga to its end; what its stages came to is known from here on under the stage's id. If it turns back,
   * so does this one; if this one does, it is taken back, which is why it must not have a pivot of its own before ours.
   */
  child<const N extends string, I, R>(
    id: N,
    saga: Saga<I, R, P extends 'before pivot' ? 'before pivot' : Phase>,
    input: (scope: S) => NoInfer<I>,
  ): SagaBuilder<T, With<S, N, Omit<R, 'input'>>, P> {
    return this.grown({ kind: 'child', id, saga: saga.definition, input: input as never })
  }

  protected grown<S2, P2 extends Phase>(
    stage: Stage,
    isBehindPivot = this.isBehindPivot,
  ): SagaBuilder<T, S2, P2> {
    return new SagaBuilder(this.definition, [...this.definition.stages, stage], isBehindPivot)
  }

  #stepped(stage: StepStage): unknown {
    if (this.isBehindPivot) return this.grown(stage)
    return new UndoableSaga(this.definition, [...this.definition.stages, stage], false)
  }

  #call(
    id: string,
    channel: CalledChannel,
    request: (scope: never) => unknown,
    options: SagaStepOptions<Effect, Scope>,
  ): StepStage {
    checkOptionNames(`Saga ${this.name}, ${id} (${channelId(channel)})`, options, stepNames)
    const { commutes = false, compares, ...policy } = options
    return {
      kind: 'step',
      id,
      channel,
      request: request as never,
      policy,
      isPivot: false,
      commutes,
      compares,
    }
  }

  #limit(options: { readonly within?: string | undefined; readonly late?: Late | undefined }) {
    const { within, late = this.isBehindPivot ? 'person' : 'undo' } = options
    if (late === 'undo' && this.isBehindPivot)
      throw this.wrong("late: 'undo' behind the pivot: there is no way back. Use 'person' or 'go on'.")
    return { within: within === undefined ? undefined : parseDuration(within), late }
  }

  #part(): SagaBuilder<T, S, P> {
    return new SagaBuilder({ ...this.definition, earlier: [] }, [], this.isBehindPivot)
  }

  #stagesOf(id: string, { definition: { stages } }: Saga<T>): readonly Stage[] {
    if ([...allStages(stages)].some(stage => stage.kind === 'step' && stage.isPivot))
      throw this.wrong(`the pivot is inside of "${id}". It must stand outside, where every saga meets it.`)
    return stages
  }

  protected wrong(reason: string): IsthmusError {
    return new IsthmusError(
      'FLOW-DEFINITION',
      `${this.definition.at ?? 'somewhere'}: saga ${this.name}: ${reason}`,
    )
  }
}

/** A saga whose last stage is a step that can be taken back. `U` is what is known then. */
export class UndoableSaga<T, S, U> extends SagaBuilder<T, S, 'before pivot'> {
  /**
   * How the step is taken back. It is called as well when nobody knows whether the step happened, so that the step's own
   * answer may be missing: the effect must be harmless then.
   */
  undo<I, E extends Effect>(
    channel: SinkChannel<I, E> | RequesterChannel<I, unknown, E>,
    request: (scope: U) => NoInfer<I>,
    policy: Policy<E> = {},
  ): SagaBuilder<T, S, 'before pivot'> {
    const { stages } = this.definition
    const step = stages.at(-1) as StepStage
    checkOptionNames(`Saga ${this.name}, undo of ${step.id}`, policy, policyNames)
    const undo = { channel: channel as CalledChannel, request: request as never, policy }
    return new SagaBuilder(this.definition, [...stages.slice(0, -1), { ...step, undo }], false)
  }
}

/** Ids of stages are part of effect keys and names of results. */
function checkIds({ name, at, stages }: SagaDefinition): void {
  const seen = new Set<string>(['input'])
  for (const { id } of allStages(stages)) {
    if (!seen.has(id) && !/[[\]:]/.test(id)) seen.add(id)
    else
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `${at ?? 'somewhere'}: saga ${name} has two stages called "${id}", or one that is called "input" or has a colon or brackets in its name. Give each a name of its own.`,
      )
  }
}
