/**
 * The bytes of a text in base64, in time that grows with it alone; undefined for any other text, and for one that is cut
 * off. Node would leave out what it cannot read. Source: RFC 4648, 4, of which the `=` at the end may be missing.
 */
export function base64Bytes(text: string): Buffer | undefined {
  const digits = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length
  const isWhole = digits === text.length ? digits % 4 !== 1 : text.length % 4 === 0
  if (!isWhole || /[^A-Za-z0-9+/]/.test(text.slice(0, digits))) return undefined
  return Buffer.from(text, 'base64')
}
