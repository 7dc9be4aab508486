import { IsthmusError } from '../errors.ts'
import type { Delivery } from '../message/message.ts'
import type { AcceptOptions, Intake, Receipt } from './roles.ts'

/** Resolves after `milliseconds`, or at once when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, milliseconds)
    signal.addEventListener('abort', end)
  })
}

/**
 * `intake.accept` for sources that can wait: while admission is closed it asks again, after the time it was told.
 * Undefined when the signal aborted first: then nothing was kept.
 */
export async function acceptPatiently(
  intake: Intake,
  deliveries: readonly Delivery[],
  options: AcceptOptions,
  signal: AbortSignal,
): Promise<Receipt[] | undefined> {
  while (!signal.aborted) {
    try {
      return await intake.accept(deliveries, options)
    } catch (error) {
      if (!(error instanceof IsthmusError) || error.code !== 'ADMISSION-CLOSED') throw error
      await pause(error.retryAfter ?? 1000, signal)
    }
  }
  return undefined
}
