import { IsthmusError } from '../../errors.ts'
import { readElements, type XmlElement } from '../../message/codec/xml-elements.ts'

export type SoapVersion = '1.1' | '1.2'

/** Sources: SOAP 1.1 (W3C note, 2000), SOAP 1.2 part 1. */
export const envelopes: Readonly<
  Record<SoapVersion, { readonly namespace: string; readonly contentType: string }>
> = {
  '1.1': { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', contentType: 'text/xml; charset=utf-8' },
  '1.2': {
    namespace: 'http://www.w3.org/2003/05/soap-envelope',
    contentType: 'application/soap+xml; charset=utf-8',
  },
}

/** Elements are text already; `declarations` is what they need to have declared. */
export function writeEnvelope(
  version: SoapVersion,
  { headers, body, declarations }: { headers: string; body: string; declarations: string },
): Uint8Array {
  const header = headers === '' ? '' : `<soap:Header>${headers}</soap:Header>`
  const text =
    `<?xml version="1.0" encoding="utf-8"?>\n<soap:Envelope xmlns:soap="${envelopes[version].namespace}"${declarations}>` +
    `${header}<soap:Body>${body}</soap:Body></soap:Envelope>`
  return Buffer.from(text)
}

export interface Envelope {
  readonly version: SoapVersion
  readonly headers: readonly XmlElement[]
  readonly body: readonly XmlElement[]
}

/**
 * Throws MSG-DECODE or MSG-LIMIT for what is no envelope. Document types are refused. Of an answer in several parts
 * (`multipart/related`) the first is read; what it includes from the others by `xop:Include` is not fetched.
 */
export function readEnvelope(bytes: Uint8Array, contentType = ''): Envelope {
  const root = readElements(/^multipart\/related/i.test(contentType) ? firstPart(bytes, contentType) : bytes)
  const version = (['1.1', '1.2'] as const).find(each => envelopes[each].namespace === root.namespace)
  if (root.name !== 'Envelope' || !version) throw new IsthmusError('MSG-DECODE', 'it is no SOAP envelope')
  const childOf = (name: string) =>
    root.children.find(child => child.name === name && child.namespace === root.namespace)
  const body = childOf('Body')
  if (!body) throw new IsthmusError('MSG-DECODE', 'the SOAP envelope has no body')
  return { version, headers: childOf('Header')?.children ?? [], body: body.children }
}

/** Source: RFC 2046, 5.1, and RFC 2387. */
function firstPart(bytes: Uint8Array, contentType: string): Uint8Array {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? []
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const boundary = `--${quoted ?? plain ?? ''}`
  const start = body.indexOf(boundary)
  const blank = /\r?\n\r?\n/.exec(body.subarray(start).toString('latin1'))
  const begin = start + (blank?.index ?? 0) + (blank?.[0].length ?? 0)
  const end = body.indexOf(boundary, begin)
  if (boundary === '--' || start === -1 || !blank || end === -1)
    throw new IsthmusError('MSG-DECODE', 'its parts (multipart/related) cannot be told apart')
  return body.subarray(begin, end)
}
