import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeText } from '../encode-text.ts'
import type { Encoding } from '../encoding.ts'
import { edifactEncoding } from './edifact.ts'
import { edifactSyntax } from './edifact-syntax.ts'
import type { X12Message } from './interchange.ts'
import { type EdiRecord, EdiRecords, type RecordOptions } from './records.ts'
import { x12Syntax } from './x12-syntax.ts'

const isa = (more: { isa11?: string; version?: string; number?: string; end?: string } = {}) =>
  `ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       *261130*1405*${more.isa11 ?? 'U'}*${more.version ?? '00401'}*${more.number ?? '000000001'}*0*T*${more.end ?? '>~'}`
const x12File = (messages: string, end = 'GE*1*1~IEA*1*000000001~', begin = isa()) =>
  `${begin}GS*PO*SENDER*RECEIVER*20261130*1405*1*X*004010~${messages}${end}`
const edifactFile = (messages: string, end = "UNZ+1+77'", begin = "UNB+UNOC:3+A:14+B:14+261130:1405+77'") =>
  begin + messages + end

type Read = { readonly records: EdiRecord[]; readonly fault: string | undefined }

function read(content: string | Uint8Array, more: Partial<RecordOptions> = {}, chunk = 1 << 16): Read {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const isX12 = Buffer.from(bytes.subarray(0, 8)).includes('ISA')
  const encoding = more.encoding ?? (isX12 ? 'utf-8' : (edifactEncoding(bytes) ?? 'utf-8'))
  const reader = new EdiRecords({
    ...{ syntax: isX12 ? x12Syntax : edifactSyntax, layouts: [], record: 'message' },
    ...{ maxRecordBytes: 1 << 20, ...more, encoding },
  })
  const records: EdiRecord[] = []
  for (let at = 0; at < bytes.length; at += chunk) {
    const found = reader.push(bytes.subarray(at, at + chunk))
    records.push(...found.records)
    if (found.fault !== undefined) return { records, fault: found.fault.message }
  }
  const found = reader.end()
  return { records: [...records, ...found.records], fault: found.fault?.message }
}

const messageOf = (record: EdiRecord | undefined) => (record as { data: X12Message }).data
const defectsOf = ({ records }: Read) => records.flatMap(({ defect }) => defect ?? [])
const segmentsOf = (content: string, more?: Partial<RecordOptions>) => {
  const { records, fault } = read(content, more)
  assert.deepEqual([fault, ...records.flatMap(({ defect }) => defect ?? [])], [undefined])
  return records.flatMap(record => messageOf(record).segments)
}

test('a transaction set is a record with what its envelope says', () => {
  const { records, fault } = read(x12File('ST*850*0001~BEG*00*SA*PO-1**20261130~SE*3*0001~'))
  assert.equal(fault, undefined)
  assert.deepEqual(records, [
    {
      offset: 153,
      line: 1,
      data: {
        interchange: {
          authorization: { qualifier: '00' },
          security: { qualifier: '00' },
          sender: { qualifier: 'ZZ', id: 'SENDER' },
          receiver: { qualifier: '01', id: 'RECEIVER' },
          ...{ date: '261130', time: '1405', standard: 'U', version: '00401', number: '000000001' },
          ...{ acknowledge: '0', usage: 'T', separators: { element: '*', component: '>', segment: '~' } },
        },
        group: {
          ...{ functional: 'PO', sender: 'SENDER', receiver: 'RECEIVER', date: '20261130', time: '1405' },
          ...{ number: '1', agency: 'X', version: '004010' },
        },
        message: { type: '850', number: '0001' },
        segments: [{ tag: 'BEG', elements: ['00', 'SA', 'PO-1', '', '20261130'] }],
      },
    },
  ])
})

test('composites, repetitions, releases and empty ends are kept as they are', () => {
  const body = "UNH+1+ORDERS:D:96A:UN'FTX+AAA+++a?+b:c??:?'d??'NAD+SU+1::9++'ODI'ODI+'UNT+6+1'"
  assert.deepEqual(segmentsOf(edifactFile(body)), [
    { tag: 'FTX', elements: ['AAA', '', '', ['a+b', 'c?', "'d?"]] },
    { tag: 'NAD', elements: ['SU', ['1', '', '9'], '', ''] },
    { tag: 'ODI', elements: [] },
    { tag: 'ODI', elements: [''] },
  ])
})

test('ISA11 repeats from version 00402 on, and is a plain character before', () => {
  const body = 'ST*271*0001~EB*1*A^B>C^*D~SE*3*0001~'
  const repeated = { repeated: ['A', ['B', 'C'], ''] }
  const after = segmentsOf(x12File(body, undefined, isa({ isa11: '^', version: '00501' })))
  assert.deepEqual(after[0]?.elements, ['1', repeated, 'D'])
  assert.deepEqual(segmentsOf(x12File(body))[0]?.elements, ['1', ['A^B', 'C^'], 'D'])
})

test('EDIFACT repeats in version 4 only, by the sign that UNA says or by *', () => {
  const body = "UNH+1+ORDERS:D:96A:UN'FTX+a*b/c'UNT+3+1'"
  const unb = (version: string, date: string) => `UNB+UNOC:${version}+A:14+B:14+${date}:1405+77'`
  const elements = (begin: string) => segmentsOf(edifactFile(body, undefined, begin))[0]?.elements
  assert.deepEqual(elements(unb('4', '20261130')), [{ repeated: ['a', 'b/c'] }])
  assert.deepEqual(elements(unb('3', '261130')), ['a*b/c'])
  assert.deepEqual(elements(`UNA:+.?/'${unb('4', '20261130')}`), [{ repeated: ['a*b', 'c'] }])
  assert.deepEqual(elements(`UNA:+.? '${unb('4', '20261130')}`), ['a*b/c'])
})

test('the separators are those that the interchange says, in each of several in one file', () => {
  const odd = "UNA|!,# ~UNB!UNOC|3!A!B!261130|1405!78~UNH!1!ORDERS|D|96A|UN~FTX!a+b|#!c:d'~UNT!3!1~UNZ!1!78~"
  const plain = edifactFile("UNH+1+ORDERS:D:96A:UN'FTX+a!b'UNT+3+1'")
  assert.deepEqual(
    segmentsOf(`${plain}\r\n${odd}\n${plain.replaceAll('77', '79')}`).map(({ elements }) => elements),
    [['a!b'], [['a+b', "!c:d'"]], ['a!b']],
  )
  const lines = x12File('ST*850*0001~SE*2*0001~', undefined, isa({ end: ':\n' })).replaceAll('~', '\n')
  assert.equal(read(lines).records.length, 1)
  assert.equal(read(lines.trimEnd()).records.length, 1)
  assert.equal(read(lines.replaceAll('\n', '\r\n')).records.length, 1)
})

test('elements of ISA that are not filled are read, and an ISA that is none is refused with its place', () => {
  const short = x12File('ST*850*0001~SE*2*0001~').replace(/ +(?=\*)/g, ' ')
  assert.deepEqual(messageOf(read(short).records[0]).interchange.sender, { qualifier: 'ZZ', id: 'SENDER' })
  assert.match(read('ISA*00*nothing~').fault ?? '', /^line 1, byte 0: ISA does not have 16 elements$/)
  assert.match(
    read(`\n\n${isa({ end: '**' })}GS*`).fault ?? '',
    /^line 3, byte 2: one character is two separators/,
  )
})

test('every count and number of an envelope is checked, and a message with a wrong one is set aside alone', () => {
  const good = 'ST*850*0001~SE*2*0001~'
  const cases: [string, RegExp, number][] = [
    [
      x12File(`${good}ST*850*0002~SE*3*0002~`, 'GE*2*1~IEA*1*000000001~'),
      /line 1, segment 2 \(SE\), element 1: says 3 where there are 2 segments/,
      1,
    ],
    [
      x12File(`${good}ST*850*0002~SE*2*0003~`, 'GE*2*1~IEA*1*000000001~'),
      /\(SE\), element 2: has the number "0003", and its begin "0002"/,
      1,
    ],
    [
      x12File(`${good}${good}`, 'GE*2*1~IEA*1*000000001~'),
      /\(ST\), element 2: the number 0001 is there twice/,
      1,
    ],
    [
      x12File(`${good}ST*850*0002~BEG*1~`, 'GE*2*1~IEA*1*000000001~'),
      /segment 3 \(GE\): SE is missing before this/,
      1,
    ],
    [x12File(good, 'GE*2*1~IEA*1*000000001~'), /GE, element 1: says 2 where there are 1 messages/, 1],
    [x12File(good, 'GE*1*2~IEA*1*000000001~'), /GE, element 2/, 1],
    [x12File(good, 'GE*1*1~IEA*2*000000001~'), /IEA, element 1: says 2 where there are 1 groups/, 1],
    [x12File(good, 'GE*1*1~IEA*1*000000002~'), /IEA, element 2/, 1],
    [x12File(good, 'IEA*1*000000001~'), /IEA: GE is missing before this/, 1],
    [x12File(`N1*X~${good}`), /N1: stands outside of a message/, 1],
    [x12File(`${good}SE*2*0001~`), /SE: stands outside of a message/, 1],
    [`${isa()}${good}IEA*0*000000001~`, /\(ST\): stands outside of a group/, 0],
    [
      edifactFile("UNH+1+ORDERS:D:96A:UN'UNT+2+1'", "UNZ+2+77'"),
      /UNZ, element 1: says 2 where there are 1 messages/,
      1,
    ],
    [edifactFile("UNH+1+ORDERS:D:96A:UN'UNT+02+1'", "UNZ+1+078'"), /UNZ, element 2/, 1],
    [edifactFile("UNH+1+ORDERS:D:96A'UNT+2+1'"), /\(UNH\), element 2, component 4: is missing/, 0],
  ]
  for (const [content, expected, good] of cases) {
    const found = read(content)
    assert.equal(found.fault, undefined, content)
    assert.match(defectsOf(found).join('\n'), expected)
    assert.equal(defectsOf(found).length, 1, content)
    assert.equal(found.records.length - 1, good, content)
  }
})

test('what is wrong with the begin of an interchange or group is told once, and sets its messages aside', () => {
  const unknown = edifactFile("UNH+1+ORDERS:D:96A:UN'UNT+2+1'", undefined, "UNB+UNOX:3+A+B+261130:1405+77'")
  assert.deepEqual(
    defectsOf(read(unknown)).map(each => each.replace(/;.*/, '')),
    Array(2).fill('line 1, UNB, element 1: the syntax identifier "UNOX" is not known'),
  )
  const message = "UNH+1+ORDERS:D:96A:UN'UNT+2+1'"
  assert.match(
    defectsOf(read(edifactFile(message) + edifactFile(message))).join(),
    /the interchange 77 is there twice/,
  )
  const extra = edifactFile(message, undefined, "UNB+UNOC:3+A:14+B:14+261130:1405+77+++++++more'")
  assert.match(defectsOf(read(extra))[0] ?? '', /UNB, element 12: has more in it than this syntax knows/)
})

test('interchanges that are not ended, cut off or followed by something else are refused with the place', () => {
  const whole = edifactFile("UNH+1+ORDERS:D:96A:UN'UNT+2+1'")
  const faults: [string, RegExp][] = [
    [`${whole}\nrubbish`, /^line 2, byte \d+: no interchange begins here: UNA or UNB expected$/],
    [
      whole.slice(0, -9),
      /^the interchange that begins in line 1 is not ended: UNZ is missing for the UNB at byte 0/,
    ],
    [whole.slice(0, -1), /^line 1, byte \d+: a segment that is not ended by "'"$/],
    ["UNA:+.? 'UNB", /^line 1, byte 9: a segment that is not ended/],
    ['UNA:+', /the interchange ends within UNA/],
    ['STX=ANA:1+', /TRADACOMS/],
    ['<xml/>', /byte 0: no interchange begins here/],
    ["UNA:+;? 'UNB", /the decimal mark/],
    ["UNA:+.? 'UNH+1+ORDERS:D:96A:UN'UNT+2+1'", /^line 1, byte 9: no interchange begins here: UNB expected$/],
  ]
  for (const [content, expected] of faults) assert.match(read(content).fault ?? '', expected, content)
  const [first] = read(`${whole}\nrubbish`).records
  assert.equal(first?.defect, undefined)
})

test('another interchange where one is not ended is told, and read', () => {
  const message = "UNH+1+ORDERS:D:96A:UN'UNT+2+1'"
  const content = `${edifactFile(message, '')}${edifactFile(message, undefined, "UNB+UNOC:3+A:14+B:14+261130:1405+78'").replace('UNZ+1+77', 'UNZ+1+78')}`
  const found = read(content)
  assert.deepEqual(defectsOf(found), ['line 1, UNB: UNZ is missing before this'])
  assert.equal(found.records.length, 3)
  const offsets = found.records.map(({ offset }) => offset)
  assert.deepEqual(
    offsets,
    [...new Set(offsets)].sort((a, b) => a - b),
  )
})

test('line ends within a segment show that the end of one is missing', () => {
  const found = read(x12File('ST*850*0001~\nDTM*038*20190309\nPO1*30~\nSE*4*0001~\n'))
  assert.match(
    defectsOf(found)[0] ?? '',
    /^line 2, segment 2 \(DTM\), element 2: a line end within the segment/,
  )
})

test('a release character before a character that needs none is refused', () => {
  const found = read(edifactFile("UNH+1+ORDERS:D:96A:UN'IFT+3+CO ?AV'UNT+3+1'"))
  assert.deepEqual(defectsOf(found), [
    'line 1, segment 2 (IFT), element 2: a release character before "A", which needs none',
  ])
})

test('the syntax identifier says the encoding, interchange by interchange, unless the channel says another', () => {
  const one = (id: string, encoding: Encoding, text: string, number: string) => {
    const whole = edifactFile(
      `UNH+1+ORDERS:D:96A:UN'FTX+${text}'UNT+3+1'`,
      undefined,
      `UNB+${id}:3+A:14+B:14+261130:1405+77'`,
    )
    return encodeText(whole.replaceAll('77', number), encoding)
  }
  const texts = (bytes: Uint8Array, more?: Partial<RecordOptions>) =>
    read(bytes, more).records.map(each => each.defect ?? messageOf(each).segments[0]?.elements[0])
  const all = Buffer.concat([
    one('UNOC', 'windows-1252', 'Größe', '1'),
    one('UNOD', 'iso-8859-2', 'Łódź', '2'),
    one('UNOE', 'iso-8859-5', 'Заказ', '3'),
    one('UNOK', 'windows-1254', 'İğ', '4'),
    one('UNOY', 'utf-8', '订单', '5'),
    one('UNOC', 'windows-1252', 'é', '6'),
  ])
  assert.deepEqual(texts(all), ['Größe', 'Łódź', 'Заказ', 'İğ', '订单', 'é'])
  const gb = one('UNOA', 'gb18030', "订单~倅?'", '1')
  assert.deepEqual(texts(gb, { encoding: 'gb18030' }), ["订单~倅'"])
  assert.match(
    String(texts(one('UNOA', 'windows-1252', 'é', '1'))[0]),
    /byte 0xE9 at offset \d+ is not utf-8/,
  )
})

test('double-byte characters that hold the bytes of a separator do not end a segment', () => {
  // 0xC0 0x7E and 0xC0 0x2A would be cut within, were bytes taken for characters.
  const text = new TextDecoder('gb18030').decode(Uint8Array.of(0xc0, 0x7e, 0x81, 0x30, 0x81, 0x7e))
  const content = encodeText(x12File(`ST*850*0001~N1*${text.slice(0, 1)}*B~SE*3*0001~`), 'gb18030')
  const [record] = read(content, { encoding: 'gb18030' }).records
  assert.deepEqual(messageOf(record).segments, [{ tag: 'N1', elements: [text.slice(0, 1), 'B'] }])
})

test('a message that is too large is set aside alone, and the memory for it is bounded', () => {
  const large = `UNH+1+ORDERS:D:96A:UN'${"FTX+abcdefgh'".repeat(10_000)}UNT+10002+1'`
  const found = read(
    edifactFile(`${large}UNH+2+ORDERS:D:96A:UN'UNT+2+2'`, "UNZ+2+77'"),
    { maxRecordBytes: 5000 },
    1000,
  )
  assert.match(
    defectsOf(found)[0] ?? '',
    /^line 1, segment \d+ \(FTX\): the message is larger than 5000 bytes$/,
  )
  assert.deepEqual(
    found.records.map(({ defect }) => defect === undefined),
    [false, true],
  )
  const [{ bytes }] = found.records as unknown as [{ bytes: Uint8Array }]
  assert.ok(bytes.length > 500 && bytes.length < 12_000)
  assert.ok(Buffer.from(bytes).toString().startsWith('UNH+1+'))
})

test('an interchange is one record with its groups, messages and all that is wrong', () => {
  const content = x12File('ST*850*0001~SE*2*0001~ST*850*0002~SE*9*0002~', 'GE*3*1~IEA*1*000000001~')
  const [record] = read(content, { record: 'interchange' }).records
  const { groups, problems } = (record as { data: { groups: Record<string, unknown>[]; problems: unknown } })
    .data
  assert.equal(problems, undefined)
  assert.deepEqual(
    groups.map(({ messages, stated, problems }) => [
      (messages as { problems?: { kind: string }[] }[]).map(each => each.problems?.map(({ kind }) => kind)),
      stated,
      (problems as { kind: string }[]).map(({ kind }) => kind),
    ]),
    [[[undefined, ['message count']], 3, ['group count']]],
  )
  const small = read(content, { record: 'interchange', maxRecordBytes: 100 })
  assert.match(defectsOf(small).join(), /the interchange has \d+ bytes, more than 100/)
})

test('bytes of defects are those of the file, and records are the same however the bytes come', () => {
  const message = fc.constantFrom(
    "UNH+1+ORDERS:D:96A:UN'FTX+a?'b??:c'UNT+3+1'",
    "UNH+2+ORDERS:D:96A:UN'\r\nFTX+Größe'\r\nUNT+4+2'\r\n",
    "UNH+3+ORDERS:D:96A:UN'UNH+4+ORDERS:D:96A:UN'UNT+2+4'",
    " X+1'",
  )
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      (messages, chunk, mark) => {
        const text = edifactFile(
          messages.join(''),
          `UNZ+${messages.length}+77'\n`,
          "UNA:+.? '\r\nUNB+UNOY:3+A:14+B:14+261130:1405+77'",
        )
        const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`)
        const whole = read(bytes)
        const pieces = read(bytes, {}, chunk)
        assert.deepEqual(pieces, whole)
        for (const record of whole.records)
          if (record.defect !== undefined)
            assert.deepEqual(record.bytes, bytes.subarray(record.offset, record.offset + record.bytes.length))
      },
    ),
  )
})
