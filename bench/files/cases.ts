import { csv, excel, type Format, type ReadOptions, xml } from 'isthmus/files'
import { writeCsv, writeXlsx, writeXml } from './made-files.ts'

export interface Case {
  readonly name: string
  /** Makes the file and answers how many records it has. */
  make(path: string, isSmall: boolean): Promise<number>
  readonly format: Format
  readonly encoding?: ReadOptions['encoding']
  /** The parsers alone that it is compared with: the first one that is installed. */
  readonly bare: readonly ('udsv' | 'csv-parse' | 'saxes' | 'exceljs')[]
}

const megabyte = 1024 * 1024

export const cases: readonly Case[] = [
  {
    name: 'CSV',
    make: (path, isSmall) => writeCsv(path, (isSmall ? 20 : 1024) * megabyte),
    format: csv(),
    bare: ['udsv', 'csv-parse'],
  },
  {
    name: 'CSV in GB18030',
    make: (path, isSmall) => writeCsv(path, (isSmall ? 18 : 900) * megabyte, 'gb18030'),
    format: csv(),
    encoding: 'gb18030',
    bare: ['udsv', 'csv-parse'],
  },
  {
    name: 'XML',
    make: (path, isSmall) => writeXml(path, (isSmall ? 20 : 500) * megabyte),
    format: xml({ record: 'Order', namespaces: { '': 'urn:example:orders' } }),
    bare: ['saxes'],
  },
  {
    name: 'xlsx',
    make: (path, isSmall) => writeXlsx(path, isSmall ? 20_000 : 1_000_000),
    format: excel(),
    bare: ['exceljs'],
  },
]

export function caseNamed(name: string): Case {
  const found = cases.find(each => each.name === name)
  if (found === undefined) throw new Error(`no case ${name}`)
  return found
}
