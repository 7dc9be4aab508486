import type { CleanStep } from './steps/clean.ts'
import type { EnrichStep } from './steps/enrich.ts'
import type { FilterStep } from './steps/filter.ts'
import type { MapStep } from './steps/map.ts'
import type { RouteStep } from './steps/route.ts'
import type { SplitStep } from './steps/split.ts'
import type { TapStep } from './steps/tap.ts'
import type { ToStep } from './steps/to.ts'
import type { ValidateStep } from './steps/validate.ts'

/** One stage of a flow, as its author declared it. */
export type Step =
  | FilterStep
  | CleanStep
  | MapStep
  | ValidateStep
  | EnrichStep
  | SplitStep<Step>
  | RouteStep<Step>
  | TapStep
  | ToStep

/** Steps that call a channel. */
export type EffectStep = EnrichStep | TapStep | ToStep

export function isEffect(step: Step): step is EffectStep {
  return step.kind === 'enrich' || step.kind === 'tap' || step.kind === 'to'
}

/** Steps that only look at the data of one message, and give the same each time. */
export function isPure(step: Step): step is FilterStep | CleanStep | MapStep | ValidateStep {
  return step.kind === 'filter' || step.kind === 'clean' || step.kind === 'map' || step.kind === 'validate'
}

/** Every step with those inside splits and routes, in the order of declaration. */
export function* allSteps(steps: readonly Step[]): Generator<Step> {
  for (const step of steps) {
    yield step
    if (step.kind === 'split') yield* allSteps(step.body)
    if (step.kind === 'route') for (const branch of step.branches) yield* allSteps(branch.body)
  }
}
