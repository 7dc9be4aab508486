import { type ErrorCode, IsthmusError, reasonOf } from '../../errors.ts'

type Meaning = readonly [begin: RegExp, code: ErrorCode, remedy: string]

/** By how DuckDB begins its messages: the names of its kinds of errors. The first that fits counts. */
const meanings: readonly Meaning[] = [
  [
    /^IO Error: Could not set lock on file/,
    'TARGET-UNAVAILABLE',
    'end the other process, or give this one another file',
  ],
  [/^IO Error: .*No space left/s, 'TARGET-UNAVAILABLE', 'make room on the disk'],
  [
    /^IO Error: .*(not a valid DuckDB|does not exist|read-only mode)/s,
    'CONFIG-INVALID',
    'check the path of the file',
  ],
  [
    /^(IO|HTTP|Connection) Error/,
    'TARGET-UNAVAILABLE',
    'see whether the disk works and the folder may be written to',
  ],
  [
    /^Out of Memory Error/,
    'TARGET-UNAVAILABLE',
    'raise `memory`, or make room in the folder to which it spills',
  ],
  [/^INTERRUPT Error/, 'TARGET-UNAVAILABLE', 'it was given up'],
  [/^(FATAL|INTERNAL) Error/, 'TARGET-UNAVAILABLE', 'the file is opened anew; see whether its disk works'],
  [/^TransactionContext Error: .*(read-only|READ_ONLY)/s, 'TARGET-REFUSED', 'nothing can be changed here'],
  [/^TransactionContext Error/, 'TARGET-UNAVAILABLE', 'somebody else changes the same; it is tried again'],
  [/^Invalid Input Error: .*read-only/s, 'TARGET-REFUSED', 'nothing can be changed here'],
  [
    /^(Constraint|Conversion|Invalid Input|Out of Range|Mismatch Type) Error/,
    'TARGET-REFUSED',
    'correct the rows',
  ],
  [/^Permission Error/, 'TARGET-REFUSED', 'name the folder in `folders`, if its files are to be read'],
  [
    /^(Catalog|Binder|Parser|Syntax|Not implemented|Dependency) Error/,
    'TARGET-CONTRACT',
    'correct the statement',
  ],
]

/** An error of DuckDB; its words quote values, which stay out where they are those of rows. */
export function failureOf(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const reason = reasonOf(error).replace(/^Failed to extract statements: /, '')
  const [, code, remedy] = meanings.find(([begin]) => begin.test(reason)) ?? [
    undefined,
    'TARGET-UNAVAILABLE' as const,
    'see what DuckDB says',
  ]
  const words = code === 'TARGET-REFUSED' ? withoutValues(shown(reason)) : shown(reason)
  const text = `${doing}: DuckDB answers ${words}. Remedy: ${remedy}.`
  return new IsthmusError(code, text, { cause: code === 'TARGET-REFUSED' ? undefined : error })
}

/** The database cannot be used any more until its file is opened anew. */
export function isFatal(error: unknown): boolean {
  const cause = error instanceof IsthmusError ? error.cause : error
  return /^(FATAL|INTERNAL) Error/.test(reasonOf(cause))
}

function withoutValues(reason: string): string {
  return reason.replace(/(["']).*\1/s, '"..."').replace(/value \S+ /, 'value ... ')
}

/** Without the pages of the manual that it names, and the marks under a statement. */
function shown(reason: string): string {
  return reason
    .replace(/\.? See also https?:\S+/, '')
    .replace(/\n+(LINE |Possible solutions)[\s\S]*$/, '')
    .trim()
    .replace(/\.$/, '')
}
