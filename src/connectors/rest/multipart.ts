import { createHash } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import { fieldsOf, textOf } from '../../message/codec/form.ts'
import { json } from '../../message/codec/json.ts'
import { isFieldValue } from '../http/headers.ts'

/** Writes bodies of which each has a content type of its own. */
export interface Multipart {
  write(data: unknown): { readonly contentType: string; readonly body: Uint8Array }
}

/** A part that is a file; see `file`. */
export class FilePart {
  readonly name: string
  readonly bytes: Uint8Array
  readonly contentType: string

  constructor(name: string, bytes: Uint8Array, contentType: string) {
    this.name = name
    this.bytes = bytes
    this.contentType = contentType
  }
}

/** A file for a `multipart()` body, made in the channel's `body`. */
export function file(name: string, bytes: Uint8Array, contentType = 'application/octet-stream'): FilePart {
  if (isFieldValue(contentType)) return new FilePart(name, bytes, contentType)
  throw new IsthmusError('MSG-ENCODE', 'the content type of a file holds signs that a header cannot hold')
}

const codec = json()

/**
 * `multipart/form-data`: an object of texts, numbers, booleans and files; a list is a part for each of its values, and
 * an object is a part in JSON. The same data give the same bytes at every attempt. Sources: RFC 7578, and WHATWG HTML
 * for how names are escaped.
 */
export function multipart(): Multipart {
  return {
    write(data) {
      const parts = fieldsOf(data).map(([name, value]) => partOf(name, value))
      const boundary = boundaryFor(parts)
      const pieces = parts.flatMap(({ head, content }) => [
        Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
        content,
        Buffer.from('\r\n'),
      ])
      const body = Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)])
      return { contentType: `multipart/form-data; boundary=${boundary}`, body }
    },
  }
}

interface Part {
  readonly head: string
  readonly content: Uint8Array
}

function partOf(name: string, value: unknown): Part {
  const disposition = `content-disposition: form-data; name="${escaped(name)}"`
  if (value instanceof FilePart) {
    const head = `${disposition}; filename="${escaped(value.name)}"\r\ncontent-type: ${value.contentType}`
    return { head, content: value.bytes }
  }
  if (typeof value === 'object' && value !== null)
    return { head: `${disposition}\r\ncontent-type: ${codec.contentType}`, content: codec.encode(value) }
  return { head: disposition, content: Buffer.from(textOf(name, value)) }
}

function escaped(name: string): string {
  if (!name.isWellFormed()) throw new IsthmusError('MSG-ENCODE', 'a name with half of a surrogate pair')
  return name.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22')
}

/** Made of the content, and in none of it. */
function boundaryFor(parts: readonly Part[]): string {
  for (let n = 0; ; n++) {
    const digest = createHash('sha256').update(String(n))
    for (const { head, content } of parts) digest.update(`${head}\n${content.length}\n`).update(content)
    const boundary = `isthmus-${digest.digest('hex').slice(0, 40)}`
    if (
      !parts.some(({ head, content }) => head.includes(boundary) || Buffer.from(content).includes(boundary))
    )
      return boundary
  }
}
