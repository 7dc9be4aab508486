import { IsthmusError } from '../../../errors.ts'
import type { Encoding } from '../encoding.ts'
import type { Layout } from './layout.ts'
import { EdiRecords } from './records.ts'
import type { Syntax } from './syntax.ts'

/** The one interchange that a body holds, with its problems. Throws MSG-DECODE where that cannot be told. */
export function interchangeIn(
  body: Uint8Array,
  options: { readonly syntax: Syntax; readonly encoding: Encoding; readonly layouts: readonly Layout[] },
): unknown {
  const records = new EdiRecords({
    ...options,
    record: 'interchange',
    maxRecordBytes: Number.POSITIVE_INFINITY,
  })
  const pushed = records.push(body)
  const ended = pushed.fault === undefined ? records.end() : pushed
  if (ended.fault !== undefined) throw ended.fault
  const [record, another] = [...pushed.records, ...ended.records]
  if (record === undefined) throw new IsthmusError('MSG-DECODE', 'there is no interchange in it')
  if (another !== undefined)
    throw new IsthmusError('MSG-DECODE', `line ${another.line}: there is another interchange in it`)
  if (record.defect !== undefined) throw new IsthmusError('MSG-DECODE', record.defect)
  return record.data
}
