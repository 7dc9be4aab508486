import type { IsthmusError } from '../errors.ts'
import type { Problem } from '../model/schema-validator.ts'
import type { EngineEvent } from './events.ts'
import type { Task } from './lanes.ts'
import type { Verdict } from './run-message.ts'

/** What is told of a message when it is durable what became of it. */
export function verdictEvent(flow: string, { entry }: Task, verdict: Verdict, now: number): EngineEvent {
  const { key, seq, acceptedAt } = entry
  if ('settled' in verdict) {
    const { settled, warned } = verdict
    return { type: 'ended', flow, key, seq, outcome: settled.outcome, ms: now - acceptedAt, warned }
  }
  const { error, unfinished } = verdict
  const { fate, code, message: reason } = error
  return {
    type: 'setback',
    flow,
    key,
    seq,
    fate,
    code,
    reason,
    step: unfinished.error?.step,
    attempts: unfinished.attempts,
    fields: fieldsOf(error),
    rules: error.detail.rules as readonly string[] | undefined,
  }
}

/** Of MODEL-INVALID and CLEAN-VALUE, where they tell them. */
function fieldsOf({ detail }: IsthmusError): readonly string[] | undefined {
  const problems = detail.problems as readonly Problem[] | undefined
  return problems && [...new Set(problems.map(({ path }) => path || 'the record'))]
}

/** A message that passed a parked one of its key says so. */
export function markGap(verdict: Verdict): Verdict {
  if (!('settled' in verdict)) return verdict
  const { note } = verdict.settled
  return { ...verdict, settled: { ...verdict.settled, note: note ? `${note}; gap before` : 'gap before' } }
}
