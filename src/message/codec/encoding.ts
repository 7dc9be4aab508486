import { IsthmusError } from '../../errors.ts'

/** `gbk` is read as its superset gb18030, and written without the four-byte characters that GBK lacks. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'gb18030' | 'gbk' | SingleByte

/** Encodings of one byte per character. `windows-1254` is the superset of ISO 8859-9. */
export type SingleByte =
  | 'windows-1252'
  | 'windows-1254'
  | 'iso-8859-2'
  | 'iso-8859-3'
  | 'iso-8859-4'
  | 'iso-8859-5'
  | 'iso-8859-6'
  | 'iso-8859-7'
  | 'iso-8859-8'
  | 'iso-8859-15'

const labels: Readonly<Record<string, Encoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'utf-16': 'utf-16le',
  'utf-16le': 'utf-16le',
  'utf-16be': 'utf-16be',
  gb18030: 'gb18030',
  gbk: 'gbk',
  gb2312: 'gbk',
  cp936: 'gbk',
  'windows-936': 'gbk',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
  latin2: 'iso-8859-2',
  'iso-8859-2': 'iso-8859-2',
  'iso-8859-3': 'iso-8859-3',
  'iso-8859-4': 'iso-8859-4',
  'iso-8859-5': 'iso-8859-5',
  'iso-8859-6': 'iso-8859-6',
  'iso-8859-7': 'iso-8859-7',
  'iso-8859-8': 'iso-8859-8',
  'iso-8859-15': 'iso-8859-15',
  'iso-8859-9': 'windows-1254',
  'windows-1254': 'windows-1254',
}

/** The encoding that a label out of a declaration or a configuration means. ISO 8859-1 is read as windows-1252. */
export function encodingNamed(label: string): Encoding | undefined {
  const name = label.toLowerCase()
  return Object.hasOwn(labels, name) ? labels[name] : undefined
}

const decoders = {
  'utf-8': strictDecoder('utf-8'),
  'utf-16le': strictDecoder('utf-16le'),
  'utf-16be': strictDecoder('utf-16be'),
  gb18030: strictDecoder('gb18030'),
  gbk: strictDecoder('gb18030'),
  'windows-1252': strictDecoder('windows-1252'),
  'windows-1254': strictDecoder('windows-1254'),
  'iso-8859-2': strictDecoder('iso-8859-2'),
  'iso-8859-3': strictDecoder('iso-8859-3'),
  'iso-8859-4': strictDecoder('iso-8859-4'),
  'iso-8859-5': strictDecoder('iso-8859-5'),
  'iso-8859-6': strictDecoder('iso-8859-6'),
  'iso-8859-7': strictDecoder('iso-8859-7'),
  'iso-8859-8': strictDecoder('iso-8859-8'),
  'iso-8859-15': strictDecoder('iso-8859-15'),
}

function strictDecoder(label: string) {
  return new TextDecoder(label, { fatal: true, ignoreBOM: true })
}

/**
 * The text that bytes say, without a byte order mark at their begin. Bytes that say nothing are refused with
 * MSG-DECODE and the `offset` of the first of them, never replaced.
 */
export function decodeText(bytes: Uint8Array, encoding: Encoding): string {
  const text = decodeExactly(bytes, encoding)
  if (text === undefined) throw undecodable(bytes, encoding)
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** As `decodeText`, but a byte order mark stays and failure is undefined. */
export function decodeExactly(bytes: Uint8Array, encoding: Encoding): string | undefined {
  try {
    const text = decoders[encoding].decode(bytes)
    return unassigned[encoding]?.test(text) ? undefined : text
  } catch {
    return undefined
  }
}

/** Bytes without a character, of which the decoder makes control characters. */
const unassigned: Partial<Record<Encoding, RegExp>> = {
  'windows-1252': /[\x81\x8d\x8f\x90\x9d]/,
  'windows-1254': /[\x81\x8d\x8e\x8f\x90\x9d\x9e]/,
}

function undecodable(bytes: Uint8Array, encoding: Encoding): IsthmusError {
  const offset = firstUndecodable(bytes, encoding)
  return new IsthmusError('MSG-DECODE', `${byteName(bytes, offset)} at offset ${offset} is not ${encoding}`, {
    detail: { offset, encoding },
  })
}

/** `byte 0xFF`, for messages. */
export function byteName(bytes: Uint8Array, offset: number): string {
  return `byte 0x${(bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, '0')}`
}

/**
 * Offset of the first byte that begins no character; bytes.length when there is none. The platform's decoder does not
 * tell, so that the text is walked in whole characters, with strides that shrink before the fault.
 */
export function firstUndecodable(bytes: Uint8Array, encoding: Encoding): number {
  let at = 0
  let stride = 65_536
  while (at < bytes.length && stride > 1) {
    const next = boundary(bytes, at, stride, encoding)
    if (next === undefined) stride /= 4
    else at = next
  }
  return at
}

/** The end of the longest run of whole characters that begins at `from` and ends within 4 bytes below `from + stride`. */
function boundary(bytes: Uint8Array, from: number, stride: number, encoding: Encoding): number | undefined {
  const end = Math.min(bytes.length, from + stride)
  for (let to = end; to > from && to > end - 4; to--) {
    if (decodeExactly(bytes.subarray(from, to), encoding) !== undefined) return to
  }
  return undefined
}
