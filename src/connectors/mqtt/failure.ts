import { type ErrorCode, type Fate, IsthmusError, reasonOf } from '../../errors.ts'
import { shorten } from '../http/reason.ts'

type Meaning = readonly [words: string, code: ErrorCode, fate?: Fate]

const pause = 'pause' as const

/** Source: MQTT 5, section 2.4 and its packets, and MQTT 3.1.1, section 3.2.2.3 (1 to 5) and 3.9.3 (128). */
const meanings: Readonly<Record<number, Meaning>> = {
  1: ['it does not speak this version of MQTT', 'TARGET-CONTRACT', pause],
  2: ['it does not take this client id', 'TARGET-CONTRACT', pause],
  3: ['it is not available', 'TARGET-UNAVAILABLE'],
  4: ['user or password are wrong', 'TARGET-CREDENTIALS'],
  5: ['the user is not authorized', 'TARGET-CREDENTIALS'],
  132: ['it does not speak this version of MQTT', 'TARGET-CONTRACT', pause],
  133: ['it does not take this client id', 'TARGET-CONTRACT', pause],
  134: ['user or password are wrong', 'TARGET-CREDENTIALS'],
  135: ['the user is not authorized', 'TARGET-CREDENTIALS'],
  136: ['it is not available', 'TARGET-UNAVAILABLE'],
  137: ['it is busy', 'TARGET-UNAVAILABLE'],
  138: ['the client is banned', 'TARGET-CREDENTIALS'],
  139: ['it is shutting down', 'TARGET-UNAVAILABLE'],
  141: ['it heard nothing of us for too long', 'TARGET-UNAVAILABLE'],
  142: ['another client has taken the session over: two have the same name', 'TARGET-UNAVAILABLE'],
  143: ['it does not take this filter', 'TARGET-CONTRACT', pause],
  144: ['it does not take this topic', 'TARGET-REFUSED'],
  149: ['the packet is too large', 'TARGET-REFUSED'],
  151: ['a quota is used up', 'TARGET-UNAVAILABLE'],
  153: ['the payload has another format than it says', 'TARGET-REFUSED'],
  154: ['it keeps no messages for those who come later', 'TARGET-CONTRACT', pause],
  155: ['it has no QoS 1', 'TARGET-CONTRACT', pause],
  158: ['it has no shared subscriptions', 'TARGET-CONTRACT', pause],
  162: ['it has no wildcards', 'TARGET-CONTRACT', pause],
}

/** What a reason code of 128 or more (or the return code of a CONNACK) means: the broker has not done what was asked. */
export function reasonFailure(reason: number, doing: string): IsthmusError {
  const [words, code, fate] = meanings[reason] ?? ['it refuses', 'TARGET-UNAVAILABLE']
  const text = `${doing}: the broker answers ${reason}: ${words}.`
  return new IsthmusError(code, text, { detail: { reason }, fate })
}

/** For what has certainly not been sent, or changes nothing. */
export function openFailure(error: unknown, doing: string): IsthmusError {
  if (error instanceof IsthmusError) return error
  const { code } = error as { code?: unknown }
  const reason = shorten(reasonOf(error) || String(code ?? 'no reason given'))
  return new IsthmusError('TARGET-UNAVAILABLE', `${doing}: ${reason}.`, { cause: error })
}

/** For a source: what may pass by itself is tried again. */
export function sourceFailure(error: unknown, doing: string): IsthmusError {
  const failure = openFailure(error, doing)
  if (failure.code !== 'TARGET-UNAVAILABLE') return failure
  return new IsthmusError('SOURCE-FAILED', failure.message, { cause: error, detail: failure.detail })
}
