import { IsthmusError } from '../../errors.ts'
import type { XmlElement } from '../../message/codec/xml-elements.ts'
import { codes, type Outcome } from '../http/outcome.ts'
import { shorten } from '../http/reason.ts'
import { type Envelope, envelopes } from './envelope.ts'

/** What a server answers instead of a result. */
export interface SoapFault {
  /** Without prefix: `Client`, `Server`, of SOAP 1.2 `Sender`, `Receiver`, or one of the application's own. */
  readonly code: string
  /** From the outermost to the innermost; of SOAP 1.2 only. */
  readonly subcodes: readonly string[]
  /** What the server says, for people. */
  readonly reason: string
  /** The elements of its detail by local name, read by the schema where that declares them. */
  readonly detail: Readonly<Record<string, unknown>>
}

/** By detail element, subcode or code, in this order; or as a function that gives undefined for what it does not know. */
export type Faults = { readonly [name: string]: Outcome } | ((fault: SoapFault) => Outcome | undefined)

/** Source: WS-Security 1.1, section 12, and the words of some servers. */
const credentialCodes = new Set([
  'FailedAuthentication',
  'FailedCheck',
  'InvalidSecurity',
  'InvalidSecurityToken',
  'MessageExpired',
  'SecurityTokenUnavailable',
  'UnsupportedAlgorithm',
  'UnsupportedSecurityToken',
  'AuthenticationFailed',
  'AuthenticationFailure',
])

/**
 * What faults mean where nothing else is declared. A server that says that it failed may have done something before:
 * `unanswered` repeats what may be repeated, and puts the rest in doubt. All other codes are about the message.
 */
export function defaultFaults({ code, subcodes }: SoapFault): Outcome {
  const names = [code, ...subcodes].flatMap(name => [name, ...name.split('.')])
  if (names.some(name => credentialCodes.has(name))) return 'credentials'
  return names[0] !== undefined && /^(?:Server|Receiver)(?:\.|$)/.test(names[0]) ? 'unanswered' : 'refused'
}

export function faultOutcome(fault: SoapFault, ...declared: readonly (Faults | undefined)[]): Outcome {
  for (const faults of declared) {
    const outcome = typeof faults === 'function' ? faults(fault) : faults && named(fault, faults)
    if (outcome !== undefined) return outcome
  }
  return defaultFaults(fault)
}

function named({ code, subcodes, detail }: SoapFault, faults: { readonly [name: string]: Outcome }) {
  const names = [...Object.keys(detail), ...[...subcodes].reverse(), code, code.split('.')[0] ?? '']
  const name = names.find(each => Object.hasOwn(faults, each))
  return name === undefined ? undefined : faults[name]
}

/** `hide` removes from the server's words what is secret. */
export function faultError(
  { code, subcodes, reason, detail }: SoapFault,
  outcome: Exclude<Outcome, 'ok'>,
  channel: string,
  hide: (text: string) => string,
): IsthmusError {
  const name = [code, ...subcodes, ...Object.keys(detail)].join('/')
  const text = shorten(hide(`${name}${reason && `: ${reason}`}`))
  return new IsthmusError(codes[outcome], `${channel} answered the fault ${text}`)
}

/** The fault of an envelope, if it has one; `read` makes data of an element of its detail. */
export function faultIn(
  { version, body }: Envelope,
  read: (element: XmlElement) => unknown,
): SoapFault | undefined {
  const fault = body.find(
    ({ name, namespace }) => name === 'Fault' && namespace === envelopes[version].namespace,
  )
  if (!fault) return undefined
  const child = (name: string) => fault.children.find(each => each.name.toLowerCase() === name)
  const detail = Object.fromEntries((child('detail')?.children ?? []).map(each => [each.name, read(each)]))
  const code = child('code')
  if (code) {
    const [first = '', ...subcodes] = codesIn(code)
    return { code: first, subcodes, reason: textIn(child('reason')), detail }
  }
  const own = localName(textIn(child('faultcode')))
  return { code: own, subcodes: [], reason: textIn(child('faultstring')), detail }
}

/** The values of a code and of the subcodes in it. */
function codesIn({ children }: XmlElement): string[] {
  const value = children.find(({ name }) => name === 'Value')
  const inner = children.find(({ name }) => name === 'Subcode')
  return [localName(textIn(value)), ...(inner ? codesIn(inner) : [])]
}

function localName(text: string): string {
  return text.split(':').at(-1) ?? text
}

function textIn(element: XmlElement | undefined): string {
  if (!element) return ''
  const [first] = element.children
  return (first ? textIn(first) : element.text).trim()
}
