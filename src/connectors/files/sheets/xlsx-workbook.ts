import { posix } from 'node:path'
import { IsthmusError } from '../../../errors.ts'
import type { Bytes } from '../format.ts'
import { contentOf, type ZipEntry } from '../packed/zip-archive.ts'
import { type NumberKind, StylesReader } from './number-format.ts'
import { attribute, type XmlListener, XmlScanner } from './xml-scanner.ts'

export interface Workbook {
  readonly sheets: readonly WorkbookSheet[]
  /** By the number of a style. */
  readonly kinds: readonly NumberKind[]
  /** Whether days are counted from 1904. */
  readonly from1904: boolean
  /** The part with the texts that cells share. */
  readonly strings: Bytes | undefined
}

export interface WorkbookSheet {
  readonly name: string
  readonly isHidden: boolean
  /** Undefined for what has no cells, such as a chart. */
  readonly bytes: Bytes | undefined
}

/** The parts of a workbook in a zip archive, by their names. */
export class Parts {
  readonly #archive: Bytes
  readonly #entries = new Map<string, ZipEntry>()

  constructor(archive: Bytes, entries: readonly ZipEntry[]) {
    this.#archive = archive
    for (const entry of entries) {
      // Source: ECMA-376-2, names of parts are the same in upper and lower case.
      const name = entry.name.toLowerCase()
      if (this.#entries.has(name)) throw unreadable(`it holds ${entry.name} twice`)
      this.#entries.set(name, entry)
    }
  }

  has(name: string): boolean {
    return this.#entries.has(name.toLowerCase())
  }

  get(name: string): Bytes | undefined {
    const entry = this.#entries.get(name.toLowerCase())
    return entry && contentOf(this.#archive, entry)
  }

  /** Reads a part to its end; of one that is missing nothing is told. */
  async read(name: string, listener: XmlListener): Promise<void> {
    const part = this.get(name)
    if (part === undefined) return
    try {
      const scanner = new XmlScanner(listener)
      for await (const chunk of part.from(0)) scanner.push(chunk)
      scanner.end()
    } catch (error) {
      throw error instanceof IsthmusError ? new IsthmusError(error.code, `${name}: ${error.message}`) : error
    }
  }
}

interface Relation {
  readonly id: string
  readonly type: string
  readonly target: string
}

export async function xlsxWorkbook(parts: Parts): Promise<Workbook> {
  const path = (await relationsOf(parts, '')).find(({ type }) => type === 'officeDocument')?.target
  if (path?.endsWith('.bin'))
    throw unreadable('it is a binary workbook (xlsb), which is not read. Save it as xlsx')
  if (path === undefined || !parts.has(path)) throw unreadable('it holds no workbook')
  const relations = await relationsOf(parts, path)
  const found = new WorkbookReader()
  await parts.read(path, found)
  const styles = new StylesReader()
  await parts.read(relations.find(({ type }) => type === 'styles')?.target ?? '', styles)
  const strings = relations.find(({ type }) => type === 'sharedStrings')?.target
  const sheets = found.sheets.map(({ name, isHidden, relation }) => {
    const target = relations.find(({ id }) => id === relation)
    if (target === undefined || !parts.has(target.target)) throw unreadable(`the sheet ${name} is missing`)
    return { name, isHidden, bytes: target.type === 'worksheet' ? parts.get(target.target) : undefined }
  })
  return { sheets, kinds: styles.kinds, from1904: found.from1904, strings: parts.get(strings ?? '') }
}

/** What a part refers to, in the same archive. What lies outside of it is nobody's business. */
async function relationsOf(parts: Parts, part: string): Promise<Relation[]> {
  const relations: Relation[] = []
  const folder = posix.dirname(part)
  await parts.read(posix.join(folder, '_rels', `${posix.basename(part)}.rels`), {
    open(name, attributes) {
      if (name !== 'Relationship' || attribute(attributes, 'TargetMode') === 'External') return
      const [id = '', type = '', target = ''] = ['Id', 'Type', 'Target'].map(each =>
        attribute(attributes, each),
      )
      const path = posix.join('/', target.startsWith('/') ? '' : folder, target).slice(1)
      relations.push({ id, type: type.slice(type.lastIndexOf('/') + 1), target: path })
    },
    text() {},
    close() {},
  })
  return relations
}

class WorkbookReader implements XmlListener {
  readonly sheets: { name: string; isHidden: boolean; relation: string }[] = []
  from1904 = false

  open(name: string, attributes: string): void {
    if (name === 'workbookPr') this.from1904 = /^(1|true|on)$/.test(attribute(attributes, 'date1904') ?? '')
    if (name !== 'sheet') return
    const isHidden = (attribute(attributes, 'state') ?? 'visible') !== 'visible'
    this.sheets.push({
      name: attribute(attributes, 'name') ?? '',
      isHidden,
      relation: attribute(attributes, 'id') ?? '',
    })
  }

  text(): void {}

  close(): void {}
}

export function unreadable(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', `it cannot be read as a spreadsheet: ${reason}`)
}
