import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { DataOf, Model } from '../../model/model.ts'
import { callSite } from '../../system/call-site.ts'
import type { RequesterChannel, SinkChannel, SourceChannel } from '../../system/channel.ts'
import { type Effect, idempotent, read } from '../../system/effect.ts'
import { aggregatesSystem } from '../../system/own-system.ts'
import { checkName } from '../../system/system.ts'
import type { AggregateDefinition, AggregateRole, Decide } from './definition.ts'
import { idModel, type OfAggregate, recordedModel, stateModel } from './record-models.ts'

/** What may happen, by name, each with the model of its data. */
// biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every event
export type EventModels = Readonly<Record<string, Model<any>>>

/** Something that happens: a name, and data that fit its model. */
export type EventOf<E extends EventModels> = {
  [K in keyof E & string]: { readonly type: K; readonly data: DataOf<E[K]> }
}[keyof E & string]

/** The same as it is recorded. */
export type RecordedEvent<E extends EventModels> = {
  [K in keyof E & string]: About & { readonly type: K; readonly data: DataOf<E[K]> }
}[keyof E & string]

/** Which event it is. */
export interface About {
  /** Of the aggregate. */
  readonly id: string
  /** 1 for the first event of an aggregate. */
  readonly version: number
  /** Milliseconds since 1970 UTC. */
  readonly at: number
}

/** What an aggregate is, behind its event `version`; 0 before the first. */
export interface AggregateState<S> extends OfAggregate {
  readonly state: S
}

export interface AggregateOptions<S, E extends EventModels> {
  /** What an aggregate is at a moment: the fold of its events. */
  readonly state: Model<S>
  /** What it is before its first event. */
  readonly initial: NoInfer<S>
  /** What may happen. Never remove one of which something may be stored. */
  readonly events: E
  /** What each event makes of the state. Pure: run again whenever the state is needed, over events however old. */
  readonly apply: {
    readonly [K in keyof E & string]: (
      state: NoInfer<S>,
      data: NoInfer<DataOf<E[K]>>,
      about: About,
    ) => NoInfer<S>
  }
  /**
   * For an event whose model has changed: by its earlier version, what makes data of the next version of it. What is stored
   * stays as it was.
   */
  readonly upcasts?: { readonly [K in keyof E & string]?: Upcasts } | undefined
  /** Raise it when `apply` comes to another state than before: snapshots of other versions are not used. 1 if absent. */
  readonly version?: number | undefined
  /** After so many events the state is kept beside them, so that not all need be read. 100 if absent. */
  readonly snapshotEvery?: number | undefined
}

export type Upcasts = Readonly<Record<number, (data: Json) => Json>>

export interface CommandOptions<S, E extends EventModels, C> {
  /** Which aggregate it is for. */
  readonly id: (command: C) => string | number
  /**
   * What happens, given what the aggregate is. Pure: decided again when something else happened in between. Nothing
   * happens if it gives none; `throw refusal(why)` sets the command's message aside.
   */
  readonly decide: (state: S, command: C, about: Omit<About, 'at'>) => readonly EventOf<E>[]
}

/** A command as flows and sagas send it: `.to(confirm)`. The same effect key again appends nothing. */
export interface AggregateCommand<C, S> extends SinkChannel<C, Effect<'idempotent', false>> {
  /** The same command for `enrich`: answers what it has made of the aggregate, and the same when it comes again. */
  readonly requester: RequesterChannel<C, AggregateState<S>, Effect<'idempotent', false>>
}

/**
 * Things with a life of their own, each kept as what happened to it: events, never changed, of which its state is the fold
 * (event sourcing). It is changed by commands only, of which one at a time decides.
 */
export interface Aggregate<S, E extends EventModels> {
  readonly definition: AggregateDefinition
  /** What happened, in order for each aggregate, exactly once: flows begin with `.from(order.events)`. */
  readonly events: SourceChannel<RecordedEvent<E>>
  /** What it is now: `.enrich('order', order.state, m => ({ id: m.no }))`. */
  readonly state: RequesterChannel<{ readonly id: string }, AggregateState<S>, Effect<'read', false>>
  /** Declares a command. Its name is told beside the events that come of it. */
  command<C>(name: string, model: Model<C>, options: CommandOptions<S, E, NoInfer<C>>): AggregateCommand<C, S>
}

const names: OptionNames<AggregateOptions<unknown, EventModels>> = {
  state: 'needed',
  initial: 'needed',
  events: 'needed',
  apply: 'needed',
  upcasts: true,
  version: true,
  snapshotEvery: true,
}
const commandNames: OptionNames<CommandOptions<unknown, EventModels, unknown>> = {
  id: 'needed',
  decide: 'needed',
}

/** Declares aggregates of one sort. The name is that of their events in the store: it must not change. */
export function aggregate<S, const E extends EventModels>(
  name: string,
  options: AggregateOptions<S, E>,
): Aggregate<S, E> {
  checkName('aggregate', name)
  const at = callSite()
  checkOptionNames(`Aggregate ${name}`, options, names as OptionNames<AggregateOptions<S, E>>)
  const definition = definitionOf(name, options as unknown as AggregateOptions<unknown, EventModels>, at)
  const recorded = recordedModel(definition)
  const answer = stateModel(definition)
  const state = played({ plays: 'state', aggregate: definition }, `${name}.state`)
  return Object.freeze({
    definition,
    events: Object.freeze({
      ...played({ plays: 'events', aggregate: definition }, `${name}.events`),
      role: 'source',
      model: recorded as Model<RecordedEvent<E>>,
    }),
    state: Object.freeze({ ...state, role: 'requester', model: idModel, answer, effect: read }) as never,
    command: <C>(command: string, model: Model<C>, given: CommandOptions<S, E, C>) =>
      commandOf(definition, answer as Model<AggregateState<S>>, { name: command, model, ...given }),
  })
}

/** Why a command cannot be, for people: to be thrown by `decide`. Its message is set aside, as TARGET-REFUSED. */
export function refusal(why: string): IsthmusError {
  return new IsthmusError('TARGET-REFUSED', why)
}

function commandOf<S, E extends EventModels, C>(
  definition: AggregateDefinition,
  answer: Model<AggregateState<S>>,
  { name, model, ...given }: { readonly name: string; readonly model: Model<C> } & CommandOptions<S, E, C>,
): AggregateCommand<C, S> {
  checkName('command', name)
  const full = `${definition.name}.${name}`
  if (name === 'events' || name === 'state')
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `${full} is what the aggregate itself is asked by: name the command otherwise.`,
    )
  checkOptionNames(`Command ${full}`, given, commandNames as OptionNames<CommandOptions<S, E, C>>)
  const { id, decide } = given as unknown as { id: (command: unknown) => string | number; decide: Decide }
  const common = {
    ...played({ plays: 'command', aggregate: definition, command: name, id, decide }, full),
    model,
    effect: idempotent,
  }
  const requester = Object.freeze({
    ...common,
    role: 'requester',
    name: `${full}.requester`,
    answer,
  } as const)
  return Object.freeze({ ...common, role: 'sink', requester })
}

function played(role: AggregateRole, name: string) {
  return { system: aggregatesSystem, name, options: Object.freeze(role) }
}

function definitionOf(
  name: string,
  options: AggregateOptions<unknown, EventModels>,
  at: string | undefined,
): AggregateDefinition {
  const { version = 1, snapshotEvery = 100, events, apply } = options
  const wrong = (reason: string) =>
    new IsthmusError('FLOW-DEFINITION', `${at ?? 'somewhere'}: aggregate ${name}: ${reason}`)
  const without = Object.keys(events).find(type => !Object.hasOwn(apply, type))
  if (without !== undefined) throw wrong(`"apply" does not say what "${without}" makes of the state.`)
  const unknown = Object.keys(apply).find(type => !Object.hasOwn(events, type))
  if (unknown !== undefined) throw wrong(`"apply" has "${unknown}", which is none of its events.`)
  for (const [what, value] of Object.entries({ version, snapshotEvery }))
    if (!Number.isInteger(value) || value < 1) throw wrong(`"${what}" is a whole number of 1 or more.`)
  return Object.freeze({ ...options, name, version, snapshotEvery, upcasts: options.upcasts ?? {}, at })
}
