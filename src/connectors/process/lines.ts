import type { Readable } from 'node:stream'

const newline = 0x0a

/**
 * Hands over each whole line of a stream, without its end. `overflow` is told, once, of a line that is longer than
 * `limit` bytes: then nothing more is read.
 */
export function eachLine(
  stream: Readable,
  limit: number,
  line: (bytes: Buffer) => void,
  overflow: () => void,
): void {
  let parts: Buffer[] = []
  let length = 0
  const add = (bytes: Buffer) => {
    parts.push(bytes)
    length += bytes.length
  }
  stream.on('data', (chunk: Buffer) => {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      add(chunk.subarray(from, end))
      from = end + 1
      if (length > limit) break
      line(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts, length))
      parts = []
      length = 0
    }
    if (length <= limit) add(chunk.subarray(from))
    if (length <= limit) return
    stream.removeAllListeners('data')
    stream.resume()
    overflow()
  })
}
