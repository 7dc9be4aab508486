/**
 * What becomes of a message whose step failed:
 * `retry` it is tried again with backoff; `park` it is set aside for a person; `pause` the whole flow waits, because
 * every message would fail alike; `doubt` the call was sent, not answered, and must not be repeated blindly.
 */
export type Fate = 'retry' | 'park' | 'pause' | 'doubt'

/** Every code that Isthmus raises, with the fate of a message that meets it. docs/errors.md explains each. */
export const errorCodes = {
  'MSG-DECODE': { fate: 'park', summary: 'bytes or text cannot be read as the declared format' },
  'MSG-ENCODE': { fate: 'park', summary: 'data cannot be written in the declared format' },
  'MSG-LIMIT': { fate: 'park', summary: 'a message is larger or deeper than allowed' },
  'MODEL-INVALID': { fate: 'park', summary: 'data does not fit its model' },
  'MODEL-DEFINITION': { fate: 'park', summary: 'a model is not declared properly' },
  'CLEAN-VALUE': { fate: 'park', summary: 'a value cannot be cleaned into the required form' },
  'RULE-BROKEN': { fate: 'park', summary: 'data break a rule of their flow' },
  'MAP-VALUE': { fate: 'park', summary: 'a mapping has no answer for a value' },
  'FLOW-DEFINITION': { fate: 'park', summary: 'a flow, system or landscape is not declared properly' },
  'STEP-FAILED': { fate: 'park', summary: 'a pure step of a flow threw an error' },
  'STEP-KEY': { fate: 'park', summary: 'the key of a message cannot be determined' },
  'MESSAGE-CRASHED': { fate: 'park', summary: 'the process died repeatedly while this message was running' },
  'MESSAGE-STALE': {
    fate: 'park',
    summary: 'the message is older than the window in which duplicates are known',
  },
  'MESSAGE-CONFLICT': {
    fate: 'park',
    summary: 'another message with the same identity and other content was accepted',
  },
  'TARGET-REFUSED': { fate: 'park', summary: 'the target refused the message for good' },
  'TARGET-CHANGED': { fate: 'park', summary: 'what a write was made of has changed since it was read' },
  'TARGET-UNAVAILABLE': { fate: 'retry', summary: 'the target cannot be reached or is temporarily unable' },
  'TARGET-CREDENTIALS': { fate: 'pause', summary: 'the target does not accept our credentials' },
  'TARGET-ADDRESS': { fate: 'pause', summary: 'a system would be called at an address that is not allowed' },
  'TARGET-UNANSWERED': { fate: 'doubt', summary: 'the call was sent and its outcome is not known' },
  'TARGET-CONTRACT': { fate: 'park', summary: 'the target answered something its contract does not allow' },
  'RETRY-EXHAUSTED': { fate: 'park', summary: 'the message failed as often as its policy allows' },
  'SAGA-LATE': { fate: 'park', summary: 'what a saga waits for did not come in time' },
  'SAGA-DEADLOCK': { fate: 'park', summary: 'sagas would wait for the locks of each other' },
  'SAGA-TURNED': { fate: 'park', summary: 'the saga that a saga began was taken back' },
  'PIPELINE-TOLERANCE': { fate: 'park', summary: 'more rows of a run were set aside than its table allows' },
  'PIPELINE-CHECK': { fate: 'park', summary: 'a check keeps a run from being published' },
  'SOURCE-DEFECT': { fate: 'park', summary: 'the source delivered a record that cannot be read' },
  'SOURCE-GAP': { fate: 'pause', summary: 'a source has lost its place: something may be missing' },
  'SOURCE-FAILED': { fate: 'retry', summary: 'a source stopped working and is restarted' },
  'ADMISSION-CLOSED': { fate: 'retry', summary: 'nothing is accepted for now; try again later' },
  'CONFIG-MISSING': { fate: 'pause', summary: 'a configured value or secret is missing' },
  'CONFIG-INVALID': { fate: 'pause', summary: 'a configured value is not usable' },
  'CONFIG-DRIVER': { fate: 'pause', summary: 'an optional package is not installed' },
  'STORE-IN-USE': { fate: 'pause', summary: 'another process works on this store' },
  'MEMBER-ELSEWHERE': { fate: 'retry', summary: 'another member of the store does this' },
  'MEMBER-SILENT': { fate: 'retry', summary: 'another member of the store did not answer' },
  'STORE-FENCED': { fate: 'pause', summary: 'another worker has taken over' },
  'STORE-FULL': { fate: 'retry', summary: 'the store has no space left' },
  'STORE-UNAVAILABLE': { fate: 'retry', summary: 'the store cannot be reached for now' },
  'STORE-FAILED': { fate: 'pause', summary: 'the store could not make data durable, or its data is damaged' },
  'STORE-MOVED': { fate: 'pause', summary: 'the store was moved, or its copy is not whole yet' },
  'STORE-VERSION': { fate: 'pause', summary: 'the store was written by a newer version' },
  'CONTRACT-UNREADABLE': { fate: 'pause', summary: 'a document that describes a system cannot be read' },
  'CONTRACT-REFERENCE': {
    fate: 'pause',
    summary: 'a document names another one that is missing or must not be loaded',
  },
  'CLI-USAGE': { fate: 'pause', summary: 'a command was called wrongly' },
  'CONTROL-REFUSED': { fate: 'pause', summary: 'the running instance refused a command' },
} as const satisfies Record<string, { fate: Fate; summary: string }>

export type ErrorCode = keyof typeof errorCodes

/** An error with a code of the table. `detail` is shown to people and logs; it never holds a secret or a payload. */
export class IsthmusError extends Error {
  readonly code: ErrorCode
  readonly fate: Fate
  readonly detail: Readonly<Record<string, unknown>>
  /** Earliest time in milliseconds from now at which a retry makes sense, as the target said (`Retry-After`). */
  readonly retryAfter: number | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; detail?: Record<string, unknown>; fate?: Fate; retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'IsthmusError'
    this.code = code
    this.fate = options.fate ?? errorCodes[code].fate
    this.detail = options.detail ?? {}
    this.retryAfter = options.retryAfter
  }
}

/** The same error, with another fate. */
export function withFate(error: IsthmusError, fate: Fate): IsthmusError {
  const { code, message, detail, retryAfter } = error
  return new IsthmusError(code, message, {
    cause: error,
    detail,
    fate,
    ...(retryAfter !== undefined && { retryAfter }),
  })
}

/** The message of anything thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
