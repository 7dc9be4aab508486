import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { Type } from 'typebox'
import { csv, excel, type Format, files, jsonLines, xml } from '../../connectors/files/index.ts'
import { IsthmusError } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { model } from '../../model/model.ts'
import type { Peeked } from '../../server/peek.ts'

/** Of a file: enough to tell its delimiter or its record. */
const begin = 64 * 1024

/**
 * The records of a file, read as the files connector reads it; the format is told by the name (csv, tsv, txt, json, jsonl,
 * ndjson, xml, xlsx, xlsm, ods; also packed by gzip or zip) and the encoding by the content. `record` is the element of
 * XML that is one record; the first below the root if absent.
 */
export async function* fileRecords(
  path: string,
  record: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Peeked> {
  const file = resolve(path)
  const whole = extname(file) === '.json' ? wholeJson(file) : undefined
  if (whole !== undefined) return yield* plain(whole)
  const format = formatOf(file, record)
  const channels = files({ folder: dirname(file) }).channels('file')
  const anything = model('Record', { version: 1, schema: Type.Unknown() })
  const channel = channels.read('records', anything, {
    pattern: basename(file),
    format,
    encoding: 'detect',
    settle: '0s',
  })
  const connection = await files({ folder: dirname(file) }).connect({
    system: 'file',
    routes: { add: () => () => {} },
    resolve: setting => String(setting),
    turn: async () => () => {},
    allows: () => false,
    now: () => Date.now(),
    log: () => {},
  })
  try {
    for await (const deliveries of connection.source?.(channel).peek?.(signal) ?? [])
      for (const { data, body, defect } of deliveries) {
        if (defect !== undefined) yield { defect }
        else yield* plain(data ?? json().decode(body as Uint8Array))
      }
  } finally {
    await connection.close()
  }
}

/** Larger ones are read as lines. */
const mostWhole = 64 * 1024 * 1024

/** Of a file that is one JSON text. Undefined if it is none, such as one of lines. */
function wholeJson(file: string): unknown {
  if (statSync(file).size > mostWhole) return undefined
  try {
    return json().decode(readFileSync(file))
  } catch {
    return undefined
  }
}

/** A line that holds a whole list is many records. */
function* plain(data: unknown): Generator<Peeked> {
  if (Array.isArray(data)) for (const each of data) yield { data: each }
  else yield { data }
}

function formatOf(file: string, record: string | undefined): Format {
  const name = file.replace(/\.(?:gz|zip)$/i, '')
  const isPacked = name !== file
  switch (extname(name).toLowerCase()) {
    case '.csv':
    case '.txt':
      return csv({ delimiter: isPacked ? ',' : delimiterOf(beginOf(file)) })
    case '.tsv':
      return csv({ delimiter: '\t' })
    case '.json':
    case '.jsonl':
    case '.ndjson':
      return jsonLines()
    case '.xml':
      return xml({
        record: record ?? (isPacked ? undefined : firstElement(beginOf(file))) ?? missingRecord(file),
      })
    case '.xlsx':
    case '.xlsm':
    case '.ods':
      return excel()
    default:
      throw new IsthmusError(
        'CLI-USAGE',
        `${file} is not csv, tsv, txt, json, jsonl, ndjson, xml, xlsx, xlsm or ods by its name.`,
      )
  }
}

function beginOf(file: string): string {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(begin)
    return bytes.toString('latin1', 0, readSync(handle, bytes, 0, begin, 0)).replaceAll('\0', '')
  } finally {
    closeSync(handle)
  }
}

/** The sign that is most frequent in the first line. */
function delimiterOf(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1)
  const counts = [',', ';', '\t', '|'].map(sign => [sign, line.split(sign).length] as const)
  return counts.sort(([, a], [, b]) => b - a)[0]?.[0] ?? ','
}

/** The first element inside of the root. */
function firstElement(text: string): string | undefined {
  const [, inside] = [
    ...text.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]/g),
  ]
  return inside?.[1]
}

function missingRecord(file: string): never {
  throw new IsthmusError('CLI-USAGE', `Which element of ${file} is one record? Say it by --record NAME.`)
}
