import type { ErrorCode } from '../../errors.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'

/**
 * What SQLSTATEs mean to a store; a class of two letters stands for all its states that are not listed.
 * Source: PostgreSQL 15, appendix A.
 */
const meanings: Readonly<Record<string, readonly [code: ErrorCode, remedy: string]>> = {
  '08': ['STORE-UNAVAILABLE', 'check the network and the server'],
  '25006': ['STORE-UNAVAILABLE', 'the server is read-only, perhaps a standby: point the URL at the primary'],
  '28': ['CONFIG-INVALID', 'check user and password of the URL'],
  '3D000': ['CONFIG-INVALID', 'create the database or correct the URL'],
  '40': ['STORE-UNAVAILABLE', 'the server is busy with conflicting transactions'],
  '42501': ['CONFIG-INVALID', 'grant the user of the URL what is needed on the schema'],
  '53100': ['STORE-FULL', 'free disk space on the database server'],
  '53': ['STORE-UNAVAILABLE', 'the server lacks memory or connections (max_connections)'],
  '55P03': ['STORE-UNAVAILABLE', 'another session holds a lock for long: see pg_locks on the server'],
  '57': ['STORE-UNAVAILABLE', 'the server was stopped, is starting, or the statement was cancelled'],
}

/** Refusals after which the same transaction may succeed at once: serialization failure, deadlock. */
export function isConflict(error: unknown): boolean {
  return hasState(error) && (error.code === '40001' || error.code === '40P01')
}

/** The error that callers see. What is not known is STORE-FAILED, except that a lost connection is STORE-UNAVAILABLE. */
export function storeError(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const reason = reasonOf(error)
  if (error instanceof TypeError || error instanceof RangeError)
    return new IsthmusError('STORE-FAILED', `${doing}: ${reason}`, { cause: error })
  if (!hasState(error))
    return new IsthmusError('STORE-UNAVAILABLE', `${doing}: PostgreSQL cannot be reached: ${reason}`, {
      cause: error,
    })
  const [code, remedy] = meanings[error.code] ?? meanings[error.code.slice(0, 2)] ?? unexpected
  return new IsthmusError(code, `${doing}: PostgreSQL answers ${error.code}: ${reason}. Remedy: ${remedy}.`, {
    cause: error,
    detail: { sqlstate: error.code },
  })
}

const unexpected = ['STORE-FAILED', 'see the log of the database server'] as const

/** Whether trying to connect again makes sense. */
export function mayPass(error: unknown): boolean {
  return storeError(error, '').fate === 'retry'
}

function hasState(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'severity' in error && 'code' in error && typeof error.code === 'string'
}
