import { basename, dirname } from 'node:path'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { csvRows } from '../../message/codec/csv.ts'
import { decodeLines } from '../../message/codec/decode-lines.ts'
import { detectEncoding } from '../../message/codec/detect-encoding.ts'
import { decodeText, type Encoding } from '../../message/codec/encoding.ts'
import { json } from '../../message/codec/json.ts'
import { encodingOf, xml } from '../../message/codec/xml.ts'
import type { ContractDocument, ContractProblem } from '../contract.ts'
import { unreadable } from '../open-document.ts'

/** What a file gives: records of one kind. */
export interface Samples {
  /** What a record is called: the root element, or the name of the file without numbers at its end, or of its folder. */
  readonly name: string
  readonly records: readonly unknown[]
  readonly format?: 'xml' | undefined
  readonly problems: readonly ContractProblem[]
}

/** Defects that are told one by one. */
const mostDefects = 5

/** Reads JSON, JSON lines, XML, and CSV with a header, told by the begin of the file. */
export function samplesIn({ location, body }: ContractDocument): Samples {
  // In any encoding that is known, ASCII is ASCII with or without zero bytes.
  const begin = Buffer.from(body.subarray(0, 400))
    .toString('latin1')
    .replace(/[^!-~]/g, '')
  try {
    if (begin === '') return { name: nameOf(location), records: [], problems: [] }
    if (begin.startsWith('<')) return xmlSamples(location, body)
    const encoding = detectEncoding(body) ?? 'windows-1252'
    if (/^[{[]/.test(begin)) return jsonSamples(location, decodeText(body, encoding))
    return csvSamples(location, body, encoding)
  } catch (error) {
    if (error instanceof IsthmusError && error.code.startsWith('MSG-'))
      throw unreadable(location, reasonOf(error))
    throw error
  }
}

function nameOf(location: string): string {
  const stem = basename(location).replace(/\.\w+$/, '')
  return stem.replace(/[^\p{L}]+$/u, '') || basename(dirname(location))
}

function xmlSamples(location: string, body: Uint8Array): Samples {
  const record = xml().decode(body)
  const text = decodeText(body, encodingOf(body)).replace(/<\?[\s\S]*?\?>|<!--[\s\S]*?-->/g, '')
  const root = /<(?:[^\s<>/:]+:)?([^\s<>/:]+)/.exec(text)?.[1]
  return { name: root ?? nameOf(location), records: [record], format: 'xml', problems: [] }
}

/** A list is a list of records. */
function jsonSamples(location: string, text: string): Samples {
  const name = nameOf(location)
  const lines = text
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [{ line, number: index + 1 }]))
  const isLines =
    lines.length > 1 && lines.slice(0, 2).every(({ line }) => attempt(() => decode(line)) !== undefined)
  if (!isLines) {
    const value = decode(text)
    return { name, records: Array.isArray(value) ? value : [value], problems: [] }
  }
  const defects: ContractProblem[] = []
  const records = lines.flatMap(({ line, number }) => {
    try {
      return [decode(line)]
    } catch (error) {
      defects.push({ place: `${location}:${number}`, problem: `left out: ${reasonOf(error)}` })
      return []
    }
  })
  return { name, records, problems: shortened(location, defects) }
}

function decode(text: string): unknown {
  return json().decode(Buffer.from(text))
}

function csvSamples(location: string, body: Uint8Array, encoding: Encoding): Samples {
  const splitter = decodeLines(encoding)
  const lines = [...splitter.push(body), ...splitter.end()]
  const reader = csvRows({ delimiter: delimiterOf(lines.find(({ text }) => text)?.text ?? '') })
  const rows = [...reader.push(lines), ...reader.end()]
  const defects = rows.flatMap(({ line, defect }) =>
    defect === undefined
      ? []
      : [{ place: `${location}:${line}`, problem: `left out: ${defect.replace(/^line \d+: /, '')}` }],
  )
  const records = rows.flatMap(({ data }) => (data === undefined ? [] : [data]))
  return { name: nameOf(location), records, problems: shortened(location, defects) }
}

/** The sign that stands most often in the header. */
function delimiterOf(header: string): string {
  const counted = [',', ';', '\t', '|'].map(sign => [sign, header.split(sign).length] as const)
  return counted.reduce((best, each) => (each[1] > best[1] ? each : best))[0]
}

function shortened(location: string, defects: readonly ContractProblem[]): ContractProblem[] {
  const more = defects.length - mostDefects
  if (more <= 0) return [...defects]
  return [...defects.slice(0, mostDefects), { place: location, problem: `${more} more records are left out` }]
}

function attempt<T>(run: () => T): T | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}
