import { decodeExactly, type Encoding, firstUndecodable } from './encoding.ts'

/**
 * The encoding that the begin of a file is in, or undefined where it cannot be told; such a file needs a declared
 * encoding. The sample may end within a character. Known in this order: byte order marks, UTF-16 by its zero bytes,
 * UTF-8, GB18030 when most of its double bytes are everyday Chinese characters. A text of another East Asian double-byte
 * encoding can pass for GB18030: declare those.
 */
export function detectEncoding(sample: Uint8Array): Encoding | undefined {
  const marked = markOf(sample)
  if (marked !== undefined) return marked
  if (sample.includes(0)) return utf16Of(sample)
  if (isCutFrom(sample, 'utf-8')) return 'utf-8'
  return isCutFrom(sample, 'gb18030') && looksChinese(sample) ? 'gb18030' : undefined
}

/** What a byte order mark says. */
export function markOf(bytes: Uint8Array): Encoding | undefined {
  const [a, b, c, d] = bytes
  if (a === 0xef && b === 0xbb && c === 0xbf) return 'utf-8'
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  if (a === 0xfe && b === 0xff) return 'utf-16be'
  return a === 0x84 && b === 0x31 && c === 0x95 && d === 0x33 ? 'gb18030' : undefined
}

/** Bytes of the byte order mark at the begin of a file that is read in this encoding; 0 if it has none. */
export function markLength(bytes: Uint8Array, encoding: Encoding): number {
  const mark = markOf(bytes)
  if (mark === undefined || (mark !== encoding && !(mark === 'gb18030' && encoding === 'gbk'))) return 0
  return { 'utf-8': 3, gb18030: 4 }[mark as string] ?? 2
}

/** In UTF-16 every ASCII character has a zero byte, always on the same side. */
function utf16Of(sample: Uint8Array): Encoding | undefined {
  let [even, odd] = [0, 0]
  for (let index = 0; index < sample.length; index++) {
    if (sample[index] !== 0) continue
    if (index % 2 === 0) even++
    else odd++
  }
  const encoding = odd > even ? 'utf-16le' : 'utf-16be'
  return Math.min(even, odd) * 20 <= Math.max(even, odd) && isCutFrom(sample, encoding) ? encoding : undefined
}

/** Whether the sample is the begin of a text: all of it can be decoded but, at most, its last 3 bytes. */
function isCutFrom(sample: Uint8Array, encoding: Encoding): boolean {
  const end = firstUndecodable(sample, encoding)
  return sample.length - end <= 3 && decodeExactly(sample.subarray(0, end), encoding) !== undefined
}

/** GB2312's rows and columns begin at 0xA1. In Western text taken for GB18030 the second byte is an ASCII letter. */
function looksChinese(sample: Uint8Array): boolean {
  let [pairs, everyday] = [0, 0]
  for (let index = 0; index + 1 < sample.length; index++) {
    const [lead, trail] = [sample[index] as number, sample[index + 1] as number]
    if (lead < 0x80) continue
    index += trail < 0x40 ? 3 : 1
    if (trail < 0x40) continue
    pairs++
    if (lead >= 0xa1 && lead <= 0xf7 && trail >= 0xa1) everyday++
  }
  return everyday * 2 > pairs
}
