import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../errors.ts'

type Meaning = readonly [code: ErrorCode, remedy: string, fate?: Fate]

const credentials: Meaning = ['TARGET-CREDENTIALS', 'check user, password and encryption']
const place: Meaning = ['TARGET-CONTRACT', 'check "base", and what the user may read', 'pause']
const limit: Meaning = [
  'TARGET-CONTRACT',
  'narrow the filter, or let the server give this user more',
  'pause',
]

/** By result code. Source: RFC 4511, appendix A. */
const meanings: Readonly<Record<number, Meaning>> = {
  4: limit,
  8: credentials,
  11: limit,
  13: credentials,
  32: place,
  34: place,
  48: credentials,
  49: credentials,
  50: ['TARGET-CREDENTIALS', 'grant the right to the user'],
}

/** A search changes nothing, so that whatever fails may be tried again. */
export function failureOf(error: unknown, system: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const { code } = error as { code?: unknown }
  if (typeof code !== 'number') {
    const text = `The directory of ${system} cannot be reached: ${reasonOf(error) || String(code)}`
    return new IsthmusError('TARGET-UNAVAILABLE', text, { cause: error })
  }
  const [meant, remedy, fate] = meanings[code] ?? ['TARGET-UNAVAILABLE', 'see the log of the server']
  const text = `The directory of ${system} answers ${code}: ${reasonOf(error)} Remedy: ${remedy}.`
  return new IsthmusError(meant, text, { cause: error, detail: { result: code }, fate })
}
