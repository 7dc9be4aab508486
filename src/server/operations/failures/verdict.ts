import type { UnfinishedEntry } from '../../../store/store.ts'
import type { FailureVerdict } from './failure-schemas.ts'

/** Said by databases of a row or table that somebody else holds: PostgreSQL, MySQL, SQL Server, Oracle, Db2, SQLite. */
const locked =
  /\b(?:dead ?lock(?:ed)?|lock (?:wait )?time-?out|row lock|lock request|could not obtain lock|canceling statement due to lock|database is locked|SQLITE_BUSY|40P01|55P03|ORA-0*(?:54|60)|SQL0?911N|ER_LOCK_\w+)\b/i

/** Said by targets of what is there already. */
const exists = /\b(?:already exists?|duplicate|409|conflict|exists already)\b|已存在|重复/i

const data = new Set([
  'MSG-DECODE',
  'MSG-ENCODE',
  'MSG-LIMIT',
  'MODEL-INVALID',
  'CLEAN-VALUE',
  'STEP-KEY',
  'SOURCE-DEFECT',
  'MESSAGE-CONFLICT',
])
const code = new Set([
  'STEP-FAILED',
  'MODEL-DEFINITION',
  'FLOW-DEFINITION',
  'TARGET-CONTRACT',
  'MESSAGE-CRASHED',
])

/**
 * What is to be done about a failure, as far as it can be told from what is recorded. It is advice: what a replay does to
 * a message is decided by its effects, whatever the verdict.
 */
export function verdictOf(row: Pick<UnfinishedEntry, 'status' | 'error'>): FailureVerdict {
  const { code: failed = '', reason = '' } = row.error ?? {}
  if (row.status === 'doubt' || failed === 'MESSAGE-STALE' || failed === 'TARGET-UNANSWERED')
    return 'may-have-happened'
  if (locked.test(reason)) return 'database-lock'
  if (failed === 'TARGET-UNAVAILABLE' || failed === 'RETRY-EXHAUSTED' || failed === 'TARGET-CREDENTIALS')
    return 'replay-as-is'
  if (data.has(failed)) return 'needs-fix'
  if (code.has(failed)) return 'needs-code'
  if (failed === 'TARGET-REFUSED') return exists.test(reason) ? 'may-have-happened' : 'needs-fix'
  return 'look'
}
