import { IsthmusError } from '../errors.ts'
import { checkOptionNames } from '../message/option-names.ts'
import type { Cleaned, CleanRules } from '../model/clean/clean-row.ts'
import type { Rule } from '../model/clean/rule.ts'
import { type Fields, mapping } from '../model/mapping.ts'
import { type Model, modelId } from '../model/model.ts'
import type { Upgrade } from '../model/upgrade.ts'
import { callSite } from '../system/call-site.ts'
import { channelId, type RequesterChannel, type SinkChannel, type SourceChannel } from '../system/channel.ts'
import type { Effect } from '../system/effect.ts'
import { type Policy, policyNames } from '../system/policy.ts'
import { checkName } from '../system/system.ts'
import type { Topic } from '../system/topic.ts'
import type { AfterPark, Flow, KeyRule } from './flow.ts'
import { allSteps, isPure, type Step } from './step.ts'
import { cleanStep } from './steps/clean.ts'
import { enrichStep, type LookupOptions, lookupNames, lookupStep } from './steps/enrich.ts'
import { filterStep } from './steps/filter.ts'
import { mapStep } from './steps/map.ts'
import { type Branch, routeStep } from './steps/route.ts'
import { splitStep } from './steps/split.ts'
import { tapStep } from './steps/tap.ts'
import { type Conversion, toStep } from './steps/to.ts'
import { validateStep } from './steps/validate.ts'

/** Begins a flow. The name is part of effect keys: a flow that has messages must not be renamed. */
export function flow(name: string): { from<T>(source: SourceChannel<T> | Topic<T>): FlowBuilder<T> } {
  checkName('flow', name)
  const at = callSite()
  return {
    from: <T>(channel: SourceChannel<T> | Topic<T>) => {
      const source = channel.role === 'sink' ? channel.source : channel
      const ordering: KeyRule = { of: data => fieldOf(data, source.model.key), behind: 0, afterPark: 'hold' }
      return new FlowBuilder<T>(
        { name, source: source as SourceChannel<unknown>, ordering, at },
        source.model,
        [{ steps: [] }],
      )
    },
  }
}

function fieldOf(data: unknown, field: string | undefined): string | number | undefined {
  return field === undefined ? undefined : (data as Record<string, string | number | undefined>)[field]
}

function isRules<T>(given: Model<T> | readonly Rule<T>[] | undefined): given is readonly Rule<T>[] {
  return Array.isArray(given)
}

type Head = Omit<Flow, 'steps'>

/** A list of steps that is still growing: the outermost one, or the body of a split that is not aggregated yet. */
interface Frame {
  readonly steps: readonly Step[]
  readonly split?: { readonly id: string; readonly items: (data: never) => readonly unknown[] }
}

/** How an effect step is called and guarded. `id` is needed where one channel is used twice in a flow. */
export type EffectOptions<E extends Effect> = Policy<E> & { readonly id?: string | undefined }

/**
 * A flow that can still grow: each call gives a new one and leaves this one as it is. `T` is the data at this point,
 * `Outer` what waits outside of open splits. Functions given to steps must be pure: they run again after a crash, on
 * replay and when a trace is shown.
 */
export class FlowBuilder<T, Outer extends readonly unknown[] = readonly []> implements Flow {
  readonly name: string
  readonly source: SourceChannel<unknown>
  readonly ordering: KeyRule
  readonly at: string | undefined
  readonly steps: readonly Step[]
  /** Only a type: what `aggregate` goes back to. */
  declare protected readonly outer: Outer
  readonly #model: Model | undefined
  readonly #frames: readonly Frame[]

  constructor(head: Head, model: Model | undefined, frames: readonly Frame[]) {
    this.name = head.name
    this.source = head.source
    this.ordering = head.ordering
    this.at = head.at
    this.#model = model
    this.#frames = frames
    this.steps = Object.freeze(closeFrames(frames))
    checkIds(this)
    Object.freeze(this)
  }

  /**
   * Order is kept per key, and people find messages by it: of the data at this point, so that it may stand behind
   * `clean` and `map`. Without it, the key field of the source's model is taken, as the source sends it.
   */
  key(of: (data: T) => string | number | undefined, options: { readonly afterPark?: AfterPark } = {}) {
    checkOptionNames(this.#place('key()'), options, { afterPark: true })
    const early = this.#frames.length === 1 && this.steps.every(isPure)
    if (!early) throw this.#wrong('key() must stand before split, route and every step that calls a channel.')
    const { afterPark = 'hold' } = options
    const ordering: KeyRule = { of: of as KeyRule['of'], behind: this.steps.length, afterPark }
    return new FlowBuilder<T, Outer>({ ...this.#head(), ordering }, this.#model, this.#frames)
  }

  /** Messages for which `keep` is false end here, as filtered for the reason named. */
  filter(reason: string, keep: (data: T) => boolean): FlowBuilder<T, Outer> {
    return this.#with(filterStep(reason, keep), this.#model)
  }

  clean<const R extends CleanRules<T>>(rules: R): FlowBuilder<Cleaned<T, R>, Outer> {
    return this.#with(cleanStep(this.#freeId('clean'), rules), undefined)
  }

  /** Every required field of the target needs a function; the result is checked against the target. */
  map<To>(to: Model<To>, fields: NoInfer<Fields<T, To>>): FlowBuilder<To, Outer> {
    return this.#with(mapStep(this.#freeId(`map-${to.name}`), mapping(to, fields)), to)
  }

  /** Goes on with a later version of the model that the data have here: `.from(ordersV1).upgrade(toV2).upgrade(toV3)`. */
  upgrade<To>(upgrade: Upgrade<T, To>): FlowBuilder<To, Outer> {
    const { from, to } = upgrade
    if (this.#model && modelId(this.#model) !== modelId(from))
      throw this.#wrong(`an upgrade from ${modelId(from)} stands where the data are ${modelId(this.#model)}.`)
    return this.#with(mapStep(this.#freeId(`upgrade-${modelId(to)}`), upgrade), to)
  }

  /**
   * Data that do not fit the model, or break a rule of severity `park`, are set aside with the reason; those that break
   * one of severity `warn` go on, are counted, and their trace tells it. Rules alone check no model; without either, the
   * model is the one that the data are said to have at this point.
   */
  validate(rules: readonly Rule<T>[]): FlowBuilder<T, Outer>
  validate(model?: Model<T>, rules?: readonly Rule<T>[]): FlowBuilder<T, Outer>
  validate(first?: Model<T> | readonly Rule<T>[], rules: readonly Rule<T>[] = []): FlowBuilder<T, Outer> {
    if (isRules(first))
      return this.#with(validateStep(this.#freeId('validate'), undefined, first), this.#model)
    const against = first ?? this.#model
    if (!against) throw this.#wrong('validate() needs a model here, since the step before changed the data.')
    return this.#with(validateStep(this.#freeId(`validate-${modelId(against)}`), against, rules), against)
  }

  /** Adds the requester's answer as field `name`. The answer is recorded: it is asked for once per message. */
  enrich<const N extends string, I, O, E extends Effect>(
    name: N,
    channel: RequesterChannel<I, O, E>,
    request: (data: T) => NoInfer<I>,
    policy: Policy<E> = {},
  ): FlowBuilder<T & { readonly [K in N]: O }, Outer> {
    checkOptionNames(this.#place(channelId(channel)), policy, policyNames)
    return this.#with(enrichStep(name, channel, request, policy), undefined)
  }

  /**
   * Looks something up in a system that only reads, and adds the answer as field `name`. Answers are shared by messages that
   * ask the same, and kept for a while where that is said. Nothing found is: no answer, an empty list, no row for a query of one, 404.
   * What a message was told is recorded with it.
   */
  lookup<const N extends string, I, O, E extends Effect<'read'>, A = never>(
    name: N,
    channel: RequesterChannel<I, O, E>,
    request: (data: T) => NoInfer<I>,
    options: LookupOptions<T, A>,
  ): FlowBuilder<T & { readonly [K in N]: NonNullable<O> | A }, Outer> {
    checkOptionNames<LookupOptions<T, A>>(this.#place(channelId(channel)), options, lookupNames)
    return this.#with(lookupStep(name, channel, request, options), undefined)
  }

  /** The steps that follow run for each item, until `aggregate` or the end of the flow. */
  split<U>(id: string, items: (data: T) => readonly U[]): FlowBuilder<U, readonly [T, ...Outer]> {
    const frames = [...this.#frames, { steps: [], split: { id, items } }]
    return new FlowBuilder(this.#head(), undefined, frames)
  }

  /** Ends a split: the items that were not filtered become the data that goes on. */
  aggregate<W, Whole, Rest extends readonly unknown[]>(
    this: FlowBuilder<T, readonly [Whole, ...Rest]>,
    combine: (items: readonly T[], whole: Whole) => W,
  ): FlowBuilder<W, Rest> {
    const frames = foldFrame(this.#frames, combine as (items: readonly unknown[], whole: unknown) => unknown)
    return new FlowBuilder(this.#head(), undefined, frames)
  }

  /** Runs one of several branches by content, then goes on with the data as they were. */
  route(id: string, branches: (routes: Routes<T>) => Exhaustive): FlowBuilder<T, Outer> {
    const declared: Branch<Step>[] = []
    const start = () => new FlowBuilder<T>(this.#head(), this.#model, [{ steps: [] }])
    branches(routesInto(declared, start))
    return this.#with(routeStep(id, declared), this.#model)
  }

  /** Sends a copy for inspection; when that fails for good the message goes on. */
  tap<U>(channel: SinkChannel<U>, convert: (data: T) => NoInfer<U>): FlowBuilder<T, Outer> {
    return this.#with(tapStep(channelId(channel), channel, convert), this.#model)
  }

  /** Sends to a sink, converted where the data are not what the sink takes. Several in a row are sent one after another. */
  to<U, E extends Effect>(
    channel: SinkChannel<U, E>,
    ...rest: [T] extends [U]
      ? [conversion?: NoInfer<Conversion<T, U>> | undefined, options?: EffectOptions<E>]
      : [conversion: NoInfer<Conversion<T, U>>, options?: EffectOptions<E>]
  ): FlowBuilder<T, Outer> {
    const [conversion, options = {}] = rest
    checkOptionNames(this.#place(channelId(channel)), options, { ...policyNames, id: true })
    const { id = channelId(channel), ...policy } = options
    return this.#with(toStep(id, channel, conversion as Conversion<T, U>, policy), this.#model)
  }

  #with<U>(step: Step, model: Model | undefined): FlowBuilder<U, Outer> {
    const last = this.#frames.at(-1) as Frame
    const grown = { ...last, steps: [...last.steps, step] }
    return new FlowBuilder(this.#head(), model, [...this.#frames.slice(0, -1), grown])
  }

  #head(): Head {
    return { name: this.name, source: this.source, ordering: this.ordering, at: this.at }
  }

  #freeId(wish: string): string {
    const used = new Set([...allSteps(this.steps)].map(step => step.id))
    let id = wish
    for (let n = 2; used.has(id); n++) id = `${wish}-${n}`
    return id
  }

  #wrong(reason: string): IsthmusError {
    return new IsthmusError('FLOW-DEFINITION', this.#place(reason))
  }

  /** For messages. */
  #place(what: string): string {
    return `${this.at ?? 'somewhere'}: flow ${this.name}: ${what}`
  }
}

/** Offered inside `route`: conditions are tried in the order of declaration. */
export interface Routes<T> {
  when(name: string, condition: (data: T) => boolean, body: (branch: FlowBuilder<T>) => Flow): Routes<T>
  otherwise(body: (branch: FlowBuilder<T>) => Flow): Exhaustive
}

/** Shows that a route has a branch for every message, so that none is dropped in silence. */
export interface Exhaustive {
  readonly exhaustive: true
}

function routesInto<T>(declared: Branch<Step>[], start: () => FlowBuilder<T>): Routes<T> {
  const routes: Routes<T> = {
    when(name, condition, body) {
      declared.push({ name, when: condition as Branch['when'], body: body(start()).steps })
      return routes
    },
    otherwise(body) {
      declared.push({ name: 'otherwise', when: () => true, body: body(start()).steps })
      return { exhaustive: true }
    },
  }
  return routes
}

/** The innermost open split becomes a step of the list around it. */
function foldFrame(
  frames: readonly Frame[],
  combine?: (items: readonly unknown[], whole: unknown) => unknown,
): readonly Frame[] {
  const [outer, inner] = frames.slice(-2) as [Frame, Frame]
  const split = inner.split as NonNullable<Frame['split']>
  const step = splitStep(split.id, split.items as (data: unknown) => readonly unknown[], inner.steps, combine)
  return [...frames.slice(0, -2), { ...outer, steps: [...outer.steps, step] }]
}

function closeFrames(frames: readonly Frame[]): Step[] {
  let open = frames
  while (open.length > 1) open = foldFrame(open)
  return [...(open[0] as Frame).steps]
}

/** Ids of steps are part of effect keys, so two steps must not share one. */
function checkIds(flow: Flow): void {
  const seen = new Set<string>()
  for (const step of allSteps(flow.steps)) {
    if (/[[\]]/.test(step.id) || seen.has(step.id))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `${flow.at ?? 'somewhere'}: flow ${flow.name} has two steps called "${step.id}" or one with brackets in its name. ` +
          `Give each its own name; for a sink that is used twice: .to(channel, conversion, { id: 'another-name' }).`,
      )
    seen.add(step.id)
  }
}
