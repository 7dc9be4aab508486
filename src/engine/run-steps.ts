import { IsthmusError, reasonOf } from '../errors.ts'
import type { Rule } from '../model/clean/rule.ts'
import { type EffectPlan, Filtered, type PlannedStep } from './plan.ts'

/** How one message goes through its steps. */
export interface StepRun {
  /**
   * Gives the recorded answer of an effect, or calls it. `path` is the step's id, inside splits with the position of
   * each item before it: `lines[3].stock`.
   */
  effect(plan: EffectPlan, path: string, data: unknown): Promise<unknown>
  /** Told of each rule that data which go on break all the same. */
  warn?(path: string, rule: Rule<unknown>): void
  /** Told of each step that begins, with its data; for traces. */
  enter?(path: string, data: unknown): void
  /** Told of each step that ends, with the data before and after it. */
  leave?(path: string, before: unknown, after: unknown): void
}

/** The error of a step, with the path of the step. */
export class StepError extends Error {
  readonly path: string
  readonly error: IsthmusError
  constructor(path: string, error: IsthmusError) {
    super(error.message, { cause: error })
    this.path = path
    this.error = error
  }
}

/** Runs steps in order and gives the data that come out, or Filtered. Rejects with StepError. */
export async function runSteps(
  steps: readonly PlannedStep[],
  input: unknown,
  run: StepRun,
  prefix = '',
): Promise<unknown> {
  let data = input
  for (const step of steps) {
    const before = data
    run.enter?.(prefix + step.id, before)
    if (step.kind === 'pure') data = runPure(step, before, run, prefix)
    else if (step.kind === 'effect') {
      const request = guarded(prefix, step.id, () => step.request(before))
      const answer = await run.effect(step, prefix + step.id, request)
      data = guarded(prefix, step.id, () => step.merge(before, answer))
    } else if (step.kind === 'split') data = await runSplit(step, before, run, prefix)
    else data = await runRoute(step, before, run, prefix)
    run.leave?.(prefix + step.id, before, data)
    if (data instanceof Filtered) return data
  }
  return data
}

function runPure(
  step: Extract<PlannedStep, { kind: 'pure' }>,
  before: unknown,
  run: StepRun,
  prefix: string,
): unknown {
  return guarded(prefix, step.id, () => {
    const data = step.apply(before)
    if (step.warnings && run.warn)
      for (const broken of step.warnings(data)) run.warn(prefix + step.id, broken)
    return data
  })
}

async function runSplit(
  step: Extract<PlannedStep, { kind: 'split' }>,
  data: unknown,
  run: StepRun,
  prefix: string,
): Promise<unknown> {
  const items = guarded(prefix, step.id, () => step.items(data))
  const passed: unknown[] = []
  for (const [index, item] of items.entries()) {
    const result = await runSteps(step.body, item, run, `${prefix}${step.id}[${index}].`)
    if (!(result instanceof Filtered)) passed.push(result)
  }
  const { aggregate } = step
  return aggregate ? guarded(prefix, step.id, () => aggregate(passed, data)) : data
}

/** A branch shares the paths of the steps around it: moving a step into a branch keeps its effect keys. */
async function runRoute(
  step: Extract<PlannedStep, { kind: 'route' }>,
  data: unknown,
  run: StepRun,
  prefix: string,
): Promise<unknown> {
  const branch = guarded(prefix, step.id, () => step.branches.find(({ when }) => when(data)))
  const result = branch && (await runSteps(branch.body, data, run, prefix))
  return result instanceof Filtered ? result : data
}

function guarded<T>(prefix: string, id: string, pure: () => T): T {
  try {
    return pure()
  } catch (error) {
    throw new StepError(prefix + id, pureError(error))
  }
}

/** A pure step that throws once throws always: its message is parked, not retried. */
function pureError(error: unknown): IsthmusError {
  if (error instanceof IsthmusError && error.fate === 'park') return error
  return new IsthmusError('STEP-FAILED', `The step's function failed: ${reasonOf(error)}`, { cause: error })
}
