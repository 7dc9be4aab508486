import { IsthmusError, reasonOf } from '../errors.ts'
import type { Flow } from '../flow/flow.ts'
import type { EffectStep, Step } from '../flow/step.ts'
import type { EnrichStep } from '../flow/steps/enrich.ts'
import { unchanged } from '../flow/steps/to.ts'
import type { ValidateStep } from '../flow/steps/validate.ts'
import { rowCleaner } from '../model/clean/clean-row.ts'
import { brokenRules, type Rule, refuseBroken } from '../model/clean/rule.ts'
import type { Model } from '../model/model.ts'
import { modelId } from '../model/model.ts'
import { isNothing, nothingFound } from './nothing-found.ts'

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
  /** The rules that data which came through break all the same. */
  warnings?(data: unknown): readonly Rule<unknown>[]
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

/** The pure steps of a row on its way to what takes `model`, against which it is checked at the end if it was not before. */
export function pureSteps(steps: readonly Step[], model: Model): readonly PurePlan[] {
  const planned = planSteps(steps, undefined) as readonly PurePlan[]
  const known = steps.reduce<Model | undefined>((before, step) => fitsBehind(step, before), undefined)
  if (known === model) return planned
  return [...planned, { kind: 'pure', id: modelId(model), apply: data => fitting(model, data) }]
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
  if (step.kind === 'validate') return step.model ?? before
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
      const clean = rowCleaner(step.rules)
      return { kind: 'pure', id, apply: data => clean(data as Record<string, unknown>) }
    }
    case 'map':
      return { kind: 'pure', id, apply: data => fitting(step.mapping.to, step.mapping.apply(data)) }
    case 'validate':
      return validatePlan(step)
    case 'enrich':
      return {
        kind: 'effect',
        id,
        step,
        request: data => fitting(step.channel.model, step.request(data)),
        merge: (data, answer) => ({
          ...(data as object),
          [id]: step.lookup ? found(step, data, answer) : answer,
        }),
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

function validatePlan({ id, model, rules }: ValidateStep): PurePlan {
  const strict = rules.filter(({ severity }) => severity === 'park')
  const mild = rules.filter(({ severity }) => severity === 'warn')
  const apply = (data: unknown) => {
    const fit = model ? fitting(model, data) : data
    refuseBroken(strict, fit)
    return fit
  }
  if (mild.length === 0) return { kind: 'pure', id, apply }
  return { kind: 'pure', id, apply, warnings: data => brokenRules(mild, data) }
}

/** What a lookup adds; throws MAP-VALUE where nothing was found and nothing else is said. */
function found({ id, miss }: EnrichStep, data: unknown, answer: unknown): unknown {
  if (!isNothing(answer)) return answer
  if (miss) return miss(data)
  throw nothingFound(id)
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
