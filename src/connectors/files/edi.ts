import { IsthmusError } from '../../errors.ts'
import { edifactEncoding, writeEdifact } from '../../message/codec/edi/edifact.ts'
import { edifactSyntax } from '../../message/codec/edi/edifact-syntax.ts'
import type { Layout } from '../../message/codec/edi/layout.ts'
import { type EdiRecord, EdiRecords } from '../../message/codec/edi/records.ts'
import type { Syntax } from '../../message/codec/edi/syntax.ts'
import { writeTradacoms } from '../../message/codec/edi/tradacoms.ts'
import { tradacomsSyntax } from '../../message/codec/edi/tradacoms-syntax.ts'
import { writeX12 } from '../../message/codec/edi/x12.ts'
import { x12Syntax } from '../../message/codec/edi/x12-syntax.ts'
import type { Encoding } from '../../message/codec/encoding.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import type { Bytes, FileRecord, Format } from './format.ts'

interface EdiOptions {
  /**
   * Of the types of messages that are expected: records have `data` by them, and other types are set aside. Records have
   * `segments`, if absent.
   */
  readonly layouts?: readonly Layout[] | undefined
  /**
   * What is a record when reading: each message, or each interchange with all its messages and their problems, from which
   * it can be acknowledged. Default `message`.
   */
  readonly record?: 'message' | 'interchange' | undefined
  /** A larger record is set aside. Default 16 MiB. */
  readonly maxRecordBytes?: number | undefined
  /** Written behind each segment. Default nothing. */
  readonly newline?: '\r\n' | '\n' | undefined
}

export interface X12Options extends EdiOptions {
  /** The characters that may be written: those of X12's basic set, or any that the encoding has. Default `extended`. */
  readonly characters?: 'basic' | 'extended' | undefined
}

export interface EdifactOptions extends EdiOptions {}

export interface TradacomsOptions extends EdiOptions {}

const ediNames: OptionNames<EdiOptions> = { layouts: true, record: true, maxRecordBytes: true, newline: true }
const x12Names: OptionNames<X12Options> = { ...ediNames, characters: true }

/**
 * X12: interchanges from ISA to IEA, whose separators are those of ISA. A message that breaks a rule is set aside alone.
 * Records are written as one interchange per file, with the numbers that they have, and counts that are computed.
 */
export function x12(options: X12Options = {}): Format {
  checkOptionNames('x12()', options, x12Names)
  return Object.freeze({
    name: 'X12',
    records: (bytes, encoding) => records(x12Syntax, options, bytes, encoding),
    writer: encoding => data => writeX12(data, options, encoding),
  } satisfies Format)
}

/**
 * EDIFACT: interchanges from UNB to UNZ, with the separators of UNA and the encoding of the syntax identifier, unless the
 * channel says another for reading. A message that breaks a rule is set aside alone. Records are written as with `x12`.
 */
export function edifact(options: EdifactOptions = {}): Format {
  checkOptionNames('edifact()', options, ediNames)
  return Object.freeze({
    name: 'EDIFACT',
    encodingIn: edifactEncoding,
    records: (bytes, encoding) => records(edifactSyntax, options, bytes, encoding),
    writer(encoding) {
      if (encoding === 'utf-8') return data => writeEdifact(data, options)
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `EDIFACT is written in the encoding of its syntax identifier, not in ${encoding}. Leave out "encoding".`,
      )
    },
  } satisfies Format)
}

/** TRADACOMS: interchanges from STX to END. A message that breaks a rule is set aside alone. Written as with `x12`. */
export function tradacoms(options: TradacomsOptions = {}): Format {
  checkOptionNames('tradacoms()', options, ediNames)
  return Object.freeze({
    name: 'TRADACOMS',
    records: (bytes, encoding) => records(tradacomsSyntax, options, bytes, encoding),
    writer: encoding => data => writeTradacoms(data, options, encoding),
  } satisfies Format)
}

async function* records(
  syntax: Syntax,
  { layouts = [], record = 'message', maxRecordBytes = 16 * 1024 * 1024 }: EdiOptions,
  bytes: Bytes,
  encoding: Encoding,
): AsyncGenerator<FileRecord[]> {
  const found = new EdiRecords({ syntax, encoding, layouts, record, maxRecordBytes })
  for await (const chunk of bytes.from(0)) {
    const { records, fault } = found.push(chunk)
    yield records.map(recordOf)
    if (fault !== undefined) throw fault
  }
  const { records, fault } = found.end()
  yield records.map(recordOf)
  if (fault !== undefined) throw fault
}

function recordOf(record: EdiRecord): FileRecord {
  const { offset, line } = record
  if (record.defect === undefined) return { offset, line, data: record.data }
  return { offset, line, body: record.bytes, defect: record.defect }
}
