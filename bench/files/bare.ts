import { createReadStream } from 'node:fs'
import type { Case } from './cases.ts'

type Parser = (path: string, label: string) => Promise<number>
type Row = Record<string, unknown>

/** Parsers alone, as one would use them for records of a large file. Each answers how many it has made. */
export const parsers: Readonly<Record<Case['bare'][number], Parser>> = {
  async udsv(path, label) {
    const { inferSchema, initParser } = await import(installable)
    const decoder = new TextDecoder(label)
    let parser:
      | {
          chunk(text: string, kind: unknown, each: (row: Row) => void): void
          stringObjs: unknown
          end(): void
        }
      | undefined
    let count = 0
    for await (const chunk of createReadStream(path)) {
      const text = decoder.decode(chunk, { stream: true })
      parser ??= initParser(inferSchema(text))
      parser?.chunk(text, parser.stringObjs, row => {
        if (row.no !== undefined) count++
      })
    }
    parser?.end()
    return count
  },

  async 'csv-parse'(path, label) {
    const { parse } = await import('csv-parse')
    const decoder = new TextDecoder(label)
    const parser = parse({ columns: true })
    const reading = (async () => {
      let count = 0
      for await (const _row of parser) count++
      return count
    })()
    for await (const chunk of createReadStream(path))
      if (!parser.write(decoder.decode(chunk, { stream: true })))
        await new Promise(resolve => parser.once('drain', resolve))
    parser.end()
    return reading
  },

  async saxes(path) {
    const { SaxesParser } = await import('saxes')
    const parser = new SaxesParser({ xmlns: true })
    let [count, text] = [0, '']
    let record: Row | undefined
    parser.on('opentag', tag => {
      text = ''
      if (tag.local !== 'Order') return
      record = {}
      for (const { local, value } of Object.values(tag.attributes)) record[`@${local}`] = value
    })
    parser.on('text', more => {
      text += more
    })
    parser.on('closetag', ({ local }) => {
      if (local === 'Order') count++
      else if (record !== undefined) record[local] = text
    })
    for await (const chunk of createReadStream(path, 'utf8')) parser.write(chunk)
    parser.close()
    return count
  },

  async exceljs(path) {
    const { default: excel } = await import('exceljs')
    const reader = new excel.stream.xlsx.WorkbookReader(path, {
      sharedStrings: 'cache',
      styles: 'cache',
      worksheets: 'emit',
      hyperlinks: 'ignore',
      entries: 'ignore',
    })
    let columns: readonly unknown[] | undefined
    let count = 0
    for await (const sheet of reader) {
      for await (const { values } of sheet) {
        const cells = values as unknown[]
        if (columns !== undefined) {
          const record: Row = {}
          for (let n = 1; n < columns.length; n++) record[String(columns[n])] = cells[n]
          count++
        }
        columns ??= cells
      }
    }
    return count
  },
}

/** Not among the packages of this repository: `npm install --no-save udsv`. */
const installable: string = 'udsv'

export async function installed(names: Case['bare']): Promise<Case['bare'][number]> {
  for (const name of names)
    if (
      await import(name).then(
        () => true,
        () => false,
      )
    )
      return name
  throw new Error(`none of ${names.join(', ')} is installed`)
}
