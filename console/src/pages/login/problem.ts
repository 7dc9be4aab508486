import { ApiProblem } from '../../api/client.ts'
import type { Texts } from '../../i18n/text.ts'
import type { loginText } from './text.ts'

type Words = Texts<(typeof loginText)['en']>

/** Whether a code of the second factor is asked for. */
export function needsCode(error: Error | null): boolean {
  return error instanceof ApiProblem && error.more.needs === 'totp'
}

/** What is asked of a security key, where the account has one. */
export function askedOfKey(error: Error | null): unknown {
  return needsCode(error) ? (error as ApiProblem).more.key : undefined
}

/** Whether the account has codes of an app. */
export function hasApp(error: Error | null): boolean {
  return needsCode(error) && (error as ApiProblem).more.app === true
}

/** What to tell whoever was refused; `otherwise` for what the form itself was wrong about. */
export function toldOf(error: Error, words: Words, otherwise: string): string {
  if (!(error instanceof ApiProblem)) return words.keyFailed
  const { status, more } = error
  if (typeof more.seconds === 'number') return words.wait(more.seconds)
  if (status === 429) return words.busy
  if (more.totp === 'wrong') return words.codeWrong
  if (more.grants === 'none') return words.noGrants
  const known = words.passwords[more.password as keyof Words['passwords']]
  if (known !== undefined) return known
  if (status === 400 && /body\.name/.test(error.message)) return words.badName
  return status === 401 || status === 403 ? otherwise : error.message
}
