import { IsthmusError, reasonOf } from '../../errors.ts'
import { type Model, modelId } from '../../model/model.ts'
import type { Probed } from '../../system/roles.ts'

/** A function of the author that throws does so before anything is sent, and again at every attempt. */
export function prepared<T>(channel: string, make: () => T): T {
  try {
    return make()
  } catch (cause) {
    if (cause instanceof IsthmusError) throw cause
    const text = `${channel}: a function of the channel failed: ${reasonOf(cause)}`
    throw new IsthmusError('STEP-FAILED', text, { cause })
  }
}

/** An answer as its model has it; else throws what `unfit` makes of the reason. */
export function fitting(
  model: Model<unknown>,
  answer: unknown,
  unfit: (reason: string) => IsthmusError,
): unknown {
  const fit = model.validate(answer)
  if (fit.ok) return fit.data
  const problems = fit.problems.slice(0, 10).map(({ path, problem }) => `${path || 'it'} ${problem}`)
  throw unfit(`not a ${modelId(model)}: ${problems.join('; ')}`)
}

/** The error for an answer that came and cannot be used. `reason` holds no credentials; `changes`: the call may have. */
export function unusable(channel: string, reason: string, changes: boolean, status?: number): IsthmusError {
  const done = changes ? ' What was asked may have been done.' : ''
  const answered = status === undefined ? 'answered' : `answered ${status}`
  const text = `${channel} ${answered}, but what came cannot be used: ${reason}.${done}`
  return new IsthmusError('TARGET-CONTRACT', text, status === undefined ? {} : { detail: { status } })
}

/** Rejects where probing again later may tell; what will never tell is `unknown`, and logged. */
export async function unlessUntold(
  probing: Promise<Probed<unknown>>,
  channel: string,
  warn: (text: string) => void,
): Promise<Probed<unknown>> {
  try {
    return await probing
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.fate !== 'park') throw error
    warn(`the probe of ${channel} cannot tell what happened: ${error.message}`)
    return { outcome: 'unknown' }
  }
}
