import { isAscii } from 'node:buffer'
import { IsthmusError } from '../../errors.ts'
import { detectEncoding, markOf } from '../../message/codec/detect-encoding.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import type { Bytes, Format } from './format.ts'

/**
 * The encoding to read a file in. A byte order mark is certain knowledge: it is obeyed, and a declaration that says
 * otherwise is refused with MSG-DECODE, like a file whose encoding cannot be detected.
 */
export async function encodingOf(
  bytes: Bytes,
  format: Format,
  declared: Encoding | 'detect' | undefined,
): Promise<Encoding> {
  const begin = await firstChunk(bytes)
  const mark = markOf(begin)
  if (declared === undefined || declared === 'detect') {
    const said = mark ?? format.encodingIn?.(begin)
    if (said !== undefined) return said
    return declared === undefined ? 'utf-8' : await detected(bytes)
  }
  if (mark === undefined || mark === declared || (mark === 'gb18030' && declared === 'gbk')) return declared
  throw new IsthmusError(
    'MSG-DECODE',
    `it begins with the mark of ${mark}, but is declared to be ${declared}`,
  )
}

async function firstChunk(bytes: Bytes): Promise<Uint8Array> {
  for await (const chunk of bytes.from(0)) return chunk
  return new Uint8Array(0)
}

/** Judges by the place where the file first has more than ASCII, however far behind its begin that is. */
async function detected(bytes: Bytes): Promise<Encoding> {
  let begins = true
  let sample: Uint8Array | undefined
  for await (const chunk of bytes.from(0)) {
    if (sample !== undefined) {
      sample = Buffer.concat([sample, chunk])
      break
    }
    if (!isAscii(chunk) || chunk.includes(0)) sample = chunk
    else begins = false
  }
  if (sample === undefined) return 'utf-8'
  const encoding = detectEncoding(sample)
  // Behind plain ASCII a file cannot turn out to be UTF-16.
  if (encoding !== undefined && (begins || !encoding.startsWith('utf-16'))) return encoding
  throw new IsthmusError('MSG-DECODE', 'its encoding cannot be told; declare it by the option "encoding"')
}
