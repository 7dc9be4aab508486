import { gzipSync } from 'node:zlib'
import type { Format } from '../format.ts'

/** Writes files of a format packed by gzip. In reading it changes nothing: packed files are told by their content. */
export function gzip(format: Format): Format {
  return Object.freeze({
    ...format,
    writer(encoding) {
      const write = format.writer(encoding)
      return data => gzipSync(write(data))
    },
  } satisfies Format)
}
