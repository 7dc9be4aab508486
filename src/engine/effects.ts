import { IsthmusError, reasonOf, withFate } from '../errors.ts'
import type { Json } from '../message/json-value.ts'
import { type Effect, isRepeatable } from '../system/effect.ts'
import type { Guard } from '../system/policy.ts'
import type { Answer, Outgoing, Probed } from '../system/roles.ts'
import { StepError } from './run-steps.ts'

/** What is known of the effects of one message: changed as they happen, kept in its rows. */
export interface EffectNotes {
  readonly results: Record<string, Json>
  /** Paths sent on channels that must not be repeated, with no recorded result. */
  readonly sent: Set<string>
}

/** What is to be known of the step that calls. */
export interface CalledStep {
  readonly channel: { readonly effect: Effect }
  readonly policy?: Guard | undefined
}

/** A channel as an effect uses it. */
export interface EffectChannel {
  /** Waits until the channel's system may be called; undefined if that is now. Nothing has been sent before. */
  admit(repeat: boolean): Promise<void> | undefined
  /** `later`: nobody waits for it, so that it may wait a little for others. */
  call(item: Outgoing, when: 'soon' | 'later'): Promise<Answer<unknown>>
  probe(item: Outgoing): Promise<Probed<unknown>>
}

/**
 * Carries out one effect of one message, at most once where the channel cannot bear twice: before such a call a note
 * is made durable, and a call that may have happened is never repeated blindly. Rejects with StepError.
 */
export async function carryOut(
  step: CalledStep,
  path: string,
  item: Outgoing,
  channel: EffectChannel,
  notes: EffectNotes,
  context: {
    /** Makes `notes` durable. */
    note(): Promise<void>
    readonly when: 'soon' | 'later'
  },
): Promise<unknown> {
  if (Object.hasOwn(notes.results, path)) return notes.results[path]
  if (notes.sent.has(path)) {
    const found = await settleDoubt(step, path, item, channel)
    notes.sent.delete(path)
    if (found.done) return keep(step, notes, path, found.result)
  }
  const waiting = channel.admit(item.attempt > 1)
  if (waiting) await admitted(waiting, path)
  if (!isRepeatable(step.channel.effect)) {
    notes.sent.add(path)
    await context.note()
  }
  const answer = await channel.call(item, context.when)
  if (answer.ok) {
    notes.sent.delete(path)
    return keep(step, notes, path, answer.result)
  }
  return afterFailure(step, path, item, channel, notes, answer.error)
}

async function admitted(waiting: Promise<void>, path: string): Promise<void> {
  try {
    await waiting
  } catch (error) {
    throw new StepError(path, callError(error, true))
  }
}

async function afterFailure(
  step: CalledStep,
  path: string,
  item: Outgoing,
  channel: EffectChannel,
  notes: EffectNotes,
  thrown: unknown,
): Promise<unknown> {
  const error = callError(thrown, isRepeatable(step.channel.effect))
  if (error.fate !== 'doubt') {
    notes.sent.delete(path)
    throw new StepError(path, error)
  }
  notes.sent.add(path)
  if (unansweredRule(step) === 'retry') {
    notes.sent.delete(path)
    throw new StepError(path, withFate(error, 'retry'))
  }
  if (unansweredRule(step) === 'park') throw new StepError(path, error)
  const found = await settleDoubt(step, path, item, channel)
  notes.sent.delete(path)
  if (found.done) return keep(step, notes, path, found.result)
  throw new StepError(path, withFate(error, 'retry'))
}

/** Finds out whether a call that was sent has happened; rejects when that cannot be told now, or at all. */
async function settleDoubt(
  step: CalledStep,
  path: string,
  item: Outgoing,
  channel: EffectChannel,
): Promise<{ done: boolean; result?: unknown }> {
  if (unansweredRule(step) !== 'probe') throw new StepError(path, doubt('it cannot be asked'))
  const found = await ask(path, item, channel)
  if (found.outcome === 'unknown') throw new StepError(path, doubt('it does not know'))
  return found.outcome === 'done' ? { done: true, result: found.result } : { done: false }
}

/** Asks a target whether a call has happened. Rejects with StepError when that fails; then it may be asked again. */
async function ask(path: string, item: Outgoing, channel: EffectChannel): Promise<Probed<unknown>> {
  try {
    return await channel.probe(item)
  } catch (cause) {
    throw new StepError(path, withFate(doubt('asking it failed', cause), 'retry'))
  }
}

/**
 * What became of a call that was refused, where one before it, under the same key, may have happened: `refused` if none did.
 * A target that has answered the repeat is done with what came before it, so that it knows. Rejects with StepError.
 */
export async function settleRefusal(
  step: CalledStep,
  path: string,
  item: Outgoing,
  channel: EffectChannel,
  notes: EffectNotes,
): Promise<'refused' | 'unknown' | { readonly result: unknown }> {
  if (!step.channel.effect.probe) return 'unknown'
  const found = await ask(path, item, channel)
  if (found.outcome === 'done') return { result: keep(step, notes, path, found.result) }
  return found.outcome === 'absent' ? 'refused' : 'unknown'
}

/** What becomes of a call of this step that was sent and not answered. */
export function unansweredRule(step: CalledStep): 'retry' | 'probe' | 'park' {
  const { channel, policy } = step
  if (policy?.unanswered) return policy.unanswered
  if (isRepeatable(channel.effect)) return 'retry'
  return channel.effect.probe ? 'probe' : 'park'
}

/** An error that the connector does not classify is retried, unless the call may have happened and must not twice. */
function callError(thrown: unknown, mayRepeat: boolean): IsthmusError {
  if (thrown instanceof IsthmusError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new IsthmusError(mayRepeat ? 'TARGET-UNAVAILABLE' : 'TARGET-UNANSWERED', reason, {
    cause: thrown,
    detail: { unclassified: true },
  })
}

function doubt(why: string, cause?: unknown): IsthmusError {
  const text = `The call was sent earlier and its outcome is not known; ${why}.`
  const { detail, retryAfter } = cause instanceof IsthmusError ? cause : {}
  return new IsthmusError('TARGET-UNANSWERED', text, {
    cause,
    ...(detail && { detail }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/**
 * As it will be read back: steps behind see the same on every attempt. The effect happened, so that an answer which
 * cannot be kept leaves it in doubt, or parked where it may be repeated.
 */
function keep(step: CalledStep, notes: EffectNotes, path: string, result: unknown): unknown {
  try {
    notes.results[path] = result === undefined ? null : (JSON.parse(JSON.stringify(result)) as Json)
  } catch (cause) {
    if (!isRepeatable(step.channel.effect)) notes.sent.add(path)
    const text = `It was done, but its answer cannot be recorded: ${reasonOf(cause)}`
    throw new StepError(path, new IsthmusError('TARGET-CONTRACT', text, { cause }))
  }
  return notes.results[path]
}
