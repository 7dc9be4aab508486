import { IsthmusError, reasonOf } from '../errors.ts'
import type { Flow } from '../flow/flow.ts'
import type { EffectStep, Step } from '../flow/step.ts'
import { unchanged } from '../flow/steps/to.ts'
import type { Model } from '../model/model.ts'
import { modelId } from '../model/model.ts'

/** A flow made ready to run: the same steps, as functions. */
export interface Plan {
  readonly flow: Flow
  readonly steps: readonly PlannedStep[]
  /** The ordering key; undefined if the message has none, or does not come so far. Throws if the key's function does. */
  key(data: unknown): string | undefined
}

export type PlannedStep = PurePlan | EffectPlan | SplitPlan | RoutePlan

interface PurePlan {
  readonly kind: 'pure'
  readonly id: string
  /** Gives the data that go on, or why the message ends here. */
  apply(data: unknown): unknown | Filtered
}

export interface EffectPlan {
  readonly kind: 'effect'
  readonly id: string
  readonly step: EffectStep
  /** What is sent, checked against the channel's model; the copy of a tap is not, since it must not stop a message. */
  request(data: unknown): unknown
  merge(data: unknown, answer: unknown): unknown
}

interface SplitPlan {
  readonly kind: 'split'
  readonly id: string
  items(data: unknown): readonly unknown[]
  readonly body: readonly PlannedStep[]
  readonly aggregate: ((items: readonly unknown[], whole: unknown) => unknown) | undefined
}

interface RoutePlan {
  readonly kind: 'route'
  readonly id: string
  readonly branches: readonly { when(data: unknown): boolean; readonly body: readonly PlannedStep[] }[]
}

/** In the place of data: the message ends here, on purpose. */
export class Filtered {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** What comes in is checked against the source's model before any step sees it. */
export function planFlow(flow: Flow): Plan {
  const entry: PurePlan = { kind: 'pure', id: 'source', apply: data => fitting(flow.source.model, data) }
  const steps = planSteps(flow.steps, flow.source.model)
  return { flow, steps: [entry, ...steps], key: keyBehind(flow, steps) }
}

function keyBehind({ ordering }: Flow, steps: readonly PlannedStep[]): Plan['key'] {
  const before = steps.slice(0, ordering.behind).filter(step => step.kind === 'pure')
  return source => {
    const data = throughSteps(before, source)
    if (data instanceof Filtered) return undefined
    const key = ordering.of(data)
    return key === undefined || key === '' ? undefined : String(key)
  }
}

/** A step that fails ends the message there, when it runs. */
function throughSteps(steps: readonly PurePlan[], source: unknown): unknown {
  let data = source
  try {
    for (const step of steps) {
      data = step.apply(data)
      if (data instanceof Filtered) return data
    }
  } catch (error) {
    return new Filtered(reasonOf(error))
  }
  return data
}

/** `fits` is the model that the data were checked against last, if they are still the same. */
function planSteps(steps: readonly Step[], fits: Model | undefined): PlannedStep[] {
  let known = fits
  return steps.map(step => {
    const planned = planStep(step, known)
    known = fitsBehind(step, known)
    return planned
  })
}

function fitsBehind(step: Step, before: Model | undefined): Model | undefined {
  if (step.kind === 'map') return step.mapping.to
  if (step.kind === 'validate') return step.model
  const changes = step.kind === 'clean' || step.kind === 'enrich' || (step.kind === 'split' && step.aggregate)
  return changes ? undefined : before
}

function planStep(step: Step, fits: Model | undefined): PlannedStep {
  const { id } = step
  switch (step.kind) {
    case 'filter': {
      const filtered = new Filtered(id)
      return { kind: 'pure', id, apply: data => (step.keep(data) ? data : filtered) }
    }
    case 'clean': {
      const rules = Object.entries(step.rules) as unknown as readonly Rule[]
      return { kind: 'pure', id, apply: data => clean(rules, data as Record<string, unknown>) }
    }
    case 'map':
      return { kind: 'pure', id, apply: data => fitting(step.mapping.to, step.mapping.apply(data)) }
    case 'validate':
      return { kind: 'pure', id, apply: data => fitting(step.model, data) }
    case 'enrich':
      return {
        kind: 'effect',
        id,
        step,
        request: data => fitting(step.channel.model, step.request(data)),
        merge: (data, answer) => ({ ...(data as object), [id]: answer }),
      }
    case 'to': {
      const { convert, channel } = step
      const checked = convert === unchanged && channel.model === fits
      const request = checked ? convert : (data: unknown) => fitting(channel.model, convert(data))
      return { kind: 'effect', id, step, request, merge: data => data }
    }
    case 'tap':
      return { kind: 'effect', id, step, request: step.convert, merge: data => data }
    case 'split':
      return { ...step, body: planSteps(step.body, undefined) }
    case 'route':
      return {
        kind: 'route',
        id,
        branches: step.branches.map(({ when, body }) => ({ when, body: planSteps(body, fits) })),
      }
  }
}

/** The data as their model reads them; throws MODEL-INVALID. */
export function fitting(model: Model, data: unknown): unknown {
  const result = model.validate(data)
  if (result.ok) return result.data
  const shown = result.problems.slice(0, 10).map(({ path, problem }) => `${path || 'the record'} ${problem}`)
  const more =
    result.problems.length > shown.length ? ` and ${result.problems.length - shown.length} more` : ''
  throw new IsthmusError('MODEL-INVALID', `Not a ${modelId(model)}: ${shown.join('; ')}${more}`, {
    detail: { problems: result.problems },
  })
}

type Rule = readonly [field: string, cleaners: readonly ((value: unknown) => unknown)[]]

/** A field that is absent stays absent: cleaning never makes up data. */
function clean(rules: readonly Rule[], data: Record<string, unknown>): unknown {
  const cleaned = { ...data }
  for (const [field, cleaners] of rules) {
    const value = cleaned[field]
    if (value !== undefined && value !== null) cleaned[field] = cleanValue(field, cleaners, value)
  }
  return cleaned
}

function cleanValue(field: string, cleaners: Rule[1], value: unknown): unknown {
  try {
    let cleaned = value
    for (const cleaner of cleaners) cleaned = cleaner(cleaned)
    return cleaned
  } catch (cause) {
    throw new IsthmusError('CLEAN-VALUE', `${field}: ${reasonOf(cause)}`, { cause })
  }
}
