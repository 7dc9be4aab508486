import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export interface Packed {
  readonly name: string
  readonly content: string | Uint8Array
  readonly stored?: boolean
}

/** An archive as another program makes it. With `streamed`, sizes stand behind the contents and not before them. */
export async function zipOf(files: readonly Packed[], streamed = false): Promise<Buffer> {
  const zip = new ZipFile()
  for (const { name, content, stored } of files) {
    const options = { compress: !stored, mtime: new Date(0) }
    if (name.endsWith('/')) zip.addEmptyDirectory(name, { mtime: new Date(0) })
    else if (streamed) zip.addReadStream(Readable.from([Buffer.from(content)]), name, options)
    else zip.addBuffer(Buffer.from(content), name, options)
  }
  zip.end()
  return buffer(zip.outputStream)
}
