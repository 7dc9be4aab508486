import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileRecord, Format } from '../../src/connectors/files/format.ts'
import { edifact, x12 } from '../../src/connectors/files/index.ts'
import { IsthmusError } from '../../src/errors.ts'

const unb = "UNB+UNOC:3+A+B+261130:1405+1'UNH+1+ORDERS:D:96A:UN'"
const isa =
  'ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       *261130*1405*U*00401*000000001*0*T*>~GS*PO*S1*R1*20261130*1405*1*X*004010~ST*850*0001~'

interface Result {
  readonly records: FileRecord[]
  readonly fault: IsthmusError | undefined
  /** Bytes asked for. */
  readonly asked: number
}

/** Reads `begin`, `times` times the same, and `end`, in chunks as of a file. */
async function read(
  format: Format,
  begin: string,
  same: string,
  times: number,
  end: string,
): Promise<Result> {
  let asked = 0
  async function* chunks(): AsyncGenerator<Uint8Array> {
    const block = Buffer.from(same.repeat(Math.ceil(65_536 / (same.length || 1))))
    const length = same.length * times
    yield Buffer.from(begin)
    for (let at = 0; at < length; at += block.length) {
      asked += block.length
      yield block.subarray(0, Math.min(block.length, length - at))
    }
    yield Buffer.from(end)
  }
  const records: FileRecord[] = []
  try {
    const found = format.records(
      { from: () => chunks(), size: async () => length },
      'utf-8',
      { offset: 0, line: 1 },
      {},
    )
    for await (const some of found) records.push(...some)
  } catch (error) {
    assert.ok(error instanceof IsthmusError, String(error))
    return { records, fault: error, asked }
  }
  return { records, fault: undefined, asked }
}

const formats: [string, Format, string, string, string][] = [
  ['EDIFACT', edifact(), unb, '+', "'UNT+3+1'UNZ+1+1'"],
  ['X12', x12(), isa, '*', '~SE*3*0001~GE*1*1~IEA*1*000000001~'],
]
for (const [name, format, begin, element, end] of formats) {
  test(`${name}: a segment of a gigabyte is refused after little of it`, async () => {
    for (const same of ['a', element, '?', "?'", '\0', ':', '>']) {
      const { fault, asked } = await read(format, `${begin}FTX${element}`, same, 2 ** 30 / same.length, end)
      assert.equal(fault?.code, 'MSG-LIMIT', same)
      assert.match(fault.message, /^line 1, byte \d+: a segment that does not end within/)
      assert.ok(asked < 2 ** 22, `${asked}`)
    }
  })

  test(`${name}: many elements, components and segments are read in time that grows with them alone`, async () => {
    const terminator = end.charAt(0)
    const component = name === 'X12' ? '>' : ':'
    const cases: [string, string, number, number][] = [
      [`FTX${element}`, `a${element}`, 500_000, 1],
      [`FTX${element}`, `a${component}`, 500_000, 1],
      ['', `FTX${element}a${terminator}`, 100_000, 100_000],
    ]
    for (const [before, same, times, segments] of cases) {
      const count = String(segments + 2 + (segments > 1 ? 1 : 0))
      const after = segments > 1 ? `FTX${end.replace(/3/, count)}` : end.replace(/3/, count)
      const { records, fault } = await read(format, begin + before, same, times, after)
      assert.equal(fault, undefined)
      assert.equal(records.length, 1)
      assert.equal(records[0]?.defect, undefined)
    }
  })

  test(`${name}: control characters in a text set the message aside, alone`, async () => {
    for (const character of ['\0', '\x1b', '\x7f', '\u0085']) {
      const { records, fault } = await read(format, `${begin}FTX${element}${character}`, '', 0, end)
      assert.equal(fault, undefined)
      assert.match(records[0]?.defect ?? '', /the control character U\+00[0-9A-F]{2} in the text/)
    }
  })

  test(`${name}: blanks without an end are passed over without being kept`, async () => {
    const { records } = await read(format, '\n', ' \r\n', 3_000_000, `${begin}FTX${end}`)
    assert.equal(records.length, 1)
    assert.equal(records[0]?.defect, undefined)
  })

  test(`${name}: a message of a gigabyte is set aside, with only its begin kept`, async () => {
    const segment = `FTX${element}${'a'.repeat(60_000)}${end.charAt(0)}`
    const { records, fault } = await read(format, begin, segment, 2000, end)
    assert.equal(fault, undefined)
    const [record] = records
    assert.match(record?.defect ?? '', /the message is larger than 16777216 bytes/)
    assert.ok((record?.body?.length ?? 0) < 17_000_000)
  })

  test(`${name}: bytes at random give records or an IsthmusError, and nothing else`, async () => {
    let seed = 7
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31
      return seed / 2 ** 31
    }
    const whole = `${begin}FTX${element}a${component(name)}b${end}`
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(whole)
      for (let count = 0; count < 3; count++)
        bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
      const at = Math.floor(random() * bytes.length)
      const found = format.records(
        {
          async *from() {
            yield bytes.subarray(0, at)
            yield bytes.subarray(at)
          },
          size: async () => bytes.length,
        },
        'utf-8',
        { offset: 0, line: 1 },
        {},
      )
      try {
        for await (const records of found)
          for (const record of records) assert.ok(record.offset >= 0 && record.line >= 1)
      } catch (error) {
        assert.ok(error instanceof IsthmusError, String(error))
      }
    }
  })
}

function component(name: string): string {
  return name === 'X12' ? '>' : ':'
}

test('a name out of a message never becomes a prototype, and a reason never holds much of it', async () => {
  const long = 'x'.repeat(100_000)
  const { records } = await read(
    edifact(),
    `${unb}__proto__+1'constructor+2'${long}+3`,
    "'",
    1,
    "UNT+5+1'UNZ+1+1'",
  )
  assert.match(records[0]?.defect ?? '', /is no segment: its tag is not one/)
  assert.ok((records[0]?.defect?.length ?? 0) < 300)
})

test('an interchange that is too large is set aside whole', async () => {
  const one = "UNH+1+ORDERS:D:96A:UN'UNT+2+1'"
  const begin = "UNB+UNOC:3+A+B+261130:1405+1'"
  const { records, fault } = await read(
    edifact({ record: 'interchange', maxRecordBytes: 2 ** 20 }),
    begin,
    one,
    60_000,
    "UNZ+60000+1'",
  )
  assert.equal(fault, undefined)
  assert.equal(records.length, 1)
  assert.match(records[0]?.defect ?? '', /the interchange has \d+ bytes, more than 1048576/)
  const strays = await read(edifact({ record: 'interchange' }), begin, "X+1'", 300_000, "UNZ+0+1'")
  assert.match(strays.records[0]?.defect ?? '', /the interchange has problems, more than 10000/)
  assert.equal(strays.records.length, 1)
})
