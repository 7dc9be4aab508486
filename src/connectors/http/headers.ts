import { type ErrorCode, IsthmusError } from '../../errors.ts'

/** Source: RFC 9110, tokens and field values. A line end would begin another header, or another request. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** They belong to the connection and the body. */
const reserved = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function isFieldValue(value: string): boolean {
  return fieldValue.test(value)
}

/** The headers in lower case; throws `code` unless all can be sent as they are. Values are not repeated in messages. */
export function checkedHeaders(
  headers: Readonly<Record<string, string>>,
  channel: string,
  code: ErrorCode,
): Record<string, string> {
  const checked: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (!token.test(name) || reserved.has(name.toLowerCase()))
      throw new IsthmusError(code, `${channel}: ${JSON.stringify(name)} is no header that a channel may set.`)
    if (typeof value !== 'string' || !isFieldValue(value))
      throw new IsthmusError(code, `${channel}: the header ${name} has a value that headers cannot hold.`)
    checked[name.toLowerCase()] = value
  }
  return checked
}
