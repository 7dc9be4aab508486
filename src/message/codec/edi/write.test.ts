import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { edifact } from './edifact.ts'
import type {
  EdifactInterchangeRecord,
  EdifactMessage,
  X12InterchangeRecord,
  X12Message,
} from './interchange.ts'
import type { Element, Segment, Value } from './segment.ts'
import { tradacoms } from './tradacoms.ts'
import { x12 } from './x12.ts'

const envelope: Omit<X12Message, 'segments'> = {
  interchange: {
    ...{
      sender: { qualifier: 'ZZ', id: 'US' },
      receiver: { qualifier: '01', id: 'THEM' },
      date: '261130',
      time: '1405',
    },
    ...{ standard: 'U', version: '00401', number: '1', acknowledge: '0', usage: 'P' },
  },
  group: {
    ...{
      functional: 'PO',
      sender: 'US',
      receiver: 'THEM',
      date: '20261130',
      time: '1405',
      number: '1',
      agency: 'X',
    },
    version: '004010',
  },
  message: { type: '850', number: '0001' },
}
const edifactEnvelope: Omit<EdifactMessage, 'segments'> = {
  interchange: {
    ...{
      syntax: { id: 'UNOC', version: '3' },
      sender: { id: 'US' },
      receiver: { id: 'THEM', qualifier: '14' },
    },
    ...{ date: '261130', time: '1405', number: '77' },
  },
  message: { number: '1', type: 'ORDERS', version: 'D', release: '96A', agency: 'UN' },
}
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString()
const segments = [{ tag: 'N1', elements: ['ST', 'Somebody'] }]
const parties = [{ tag: 'NAD', elements: ['ST', 'Somebody'] }]

test('a message is written as an interchange, with its counts', () => {
  assert.equal(
    textOf(x12({ newline: '\n' }).encode({ ...envelope, segments })),
    [
      'ISA*00*          *00*          *ZZ*US             *01*THEM           *261130*1405*U*00401*000000001*0*P*>~',
      'GS*PO*US*THEM*20261130*1405*1*X*004010~',
      'ST*850*0001~',
      'N1*ST*Somebody~',
      'SE*3*0001~',
      'GE*1*1~',
      'IEA*1*000000001~\n',
    ].join('\n'),
  )
  assert.equal(
    textOf(
      edifact().encode({
        ...edifactEnvelope,
        segments: [{ tag: 'FTX', elements: ['', ["a'b", '?+', 'ö']] }],
      }),
    ),
    "UNB+UNOC:3+US+THEM:14+261130:1405+77'UNH+1+ORDERS:D:96A:UN'FTX++a?'b:???+:\ufffd'UNT+3+1'UNZ+1+77'",
  )
})

test('messages of one interchange are written together, those of one group in it', () => {
  const one = { ...envelope, segments }
  const two = { ...one, message: { type: '850', number: '0002' } }
  const other = { ...one, group: { ...envelope.group, number: '2' } }
  const text = textOf(x12().encode([one, two, other]))
  assert.match(text, /SE\*3\*0001~ST\*850\*0002~.*SE\*3\*0002~GE\*2\*1~GS.*GE\*1\*2~IEA\*2\*000000001~$/)
  const foreign = { ...one, interchange: { ...one.interchange, number: '2' } }
  assert.throws(() => x12().encode([one, foreign]), /the messages are not of one interchange/)
  assert.throws(() => x12().encode([]), /there is nothing to write/)
})

test('what a syntax cannot say is refused with MSG-ENCODE, and never changed', () => {
  const cases: [() => unknown, RegExp][] = [
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'N1', elements: ['a*b'] }] }),
      /N1, element 1: a separator within the text/,
    ],
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'N1', elements: ['a\nb'] }] }),
      /N1, element 1: the character U\+000A/,
    ],
    [
      () => x12({ characters: 'basic' }).encode({ ...envelope, segments }),
      /N1, element 2: the character U\+006F/,
    ],
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'SE', elements: ['1'] }] }),
      /a segment SE within a message/,
    ],
    [() => x12().encode({ ...envelope, segments: [{ tag: 'n1', elements: [] }] }), /is no tag/],
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'N1', elements: [{ repeated: ['a', 'b'] }] }] }),
      /no repetition separator/,
    ],
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'N1', elements: [['a']] }] }),
      /two components at least/,
    ],
    [
      () => x12().encode({ ...envelope, segments: [{ tag: 'N1', elements: [1] }] }),
      /an element of N1 is neither/,
    ],
    [() => x12().encode({ ...envelope, data: {} }), /there is no layout for messages of type 850/],
    [() => x12().encode({ ...envelope, group: undefined, segments }), /"group" is missing/],
    [
      () =>
        x12().encode({
          ...envelope,
          interchange: { ...envelope.interchange, number: '1234567890' },
          segments,
        }),
      /ISA: number has 10 characters/,
    ],
    [
      () => edifact().encode({ ...edifactEnvelope, segments: [{ tag: 'FTX', elements: ['€'] }] }),
      /the character U\+20AC/,
    ],
    [
      () =>
        edifact().encode({
          ...edifactEnvelope,
          interchange: { ...edifactEnvelope.interchange, syntax: { id: 'UNOA', version: '1' } },
          segments: parties,
        }),
      /U\+006F/,
    ],
    [
      () =>
        edifact().encode({
          ...edifactEnvelope,
          interchange: { ...edifactEnvelope.interchange, syntax: { id: 'UNOX', version: '3' } },
          segments: parties,
        }),
      /"UNOX" is not known/,
    ],
    [() => edifact().encode({ ...edifactEnvelope, segments: undefined }), /no "segments"/],
    [() => edifact().encode('text'), /a record is no object/],
  ]
  for (const [write, expected] of cases) assert.throws(write, { code: 'MSG-ENCODE', message: expected })
})

const controlFree = fc.string({ unit: 'grapheme', maxLength: 12 }).map(text => text.replace(/\p{Cc}/gu, ''))
const latin = fc.stringMatching(/^[ -~\u00a0-\u00ff]{0,12}$/)
const elements = (text: fc.Arbitrary<string>, repeats: boolean): fc.Arbitrary<Element[]> => {
  const value: fc.Arbitrary<Value> = fc.oneof(text, fc.array(text, { minLength: 2, maxLength: 4 }))
  const repeated = fc
    .array(value, { minLength: 2, maxLength: 3 })
    .map((each): Element => ({ repeated: each }))
  return fc.array(repeats ? fc.oneof<fc.Arbitrary<Element>[]>(value, repeated) : value, { maxLength: 5 })
}
const segmentsOf = (text: fc.Arbitrary<string>, repeats: boolean): fc.Arbitrary<Segment[]> =>
  fc.array(
    fc
      .tuple(fc.constantFrom('NAD', 'REF', 'DTM'), elements(text, repeats))
      .map(([tag, elements]) => ({ tag, elements })),
    {
      maxLength: 5,
    },
  )

test('any segments of EDIFACT that are written are read as they were', () => {
  const syntax = fc.constantFrom(
    { una: undefined, version: '3', text: latin, id: 'UNOC' },
    { una: ":+,? '", version: '2', text: latin, id: 'UNOC' },
    { una: ":+.?*'", version: '4', text: controlFree, id: 'UNOY' },
    { una: '\x1f\x1d.\\!\x1c', version: '4', text: controlFree, id: 'UNOW' },
  )
  const record = syntax.chain(({ una, version, text, id }) =>
    fc
      .array(segmentsOf(text, version === '4'), { minLength: 1, maxLength: 3 })
      .map((all): EdifactInterchangeRecord => {
        const { interchange, message } = edifactEnvelope
        const date = version === '4' ? '20261130' : '261130'
        const begin = {
          ...interchange,
          date,
          syntax: { id, version: version as '3' },
          ...(una !== undefined && { una }),
        }
        const messages = all.map((segments, index) => ({
          message: { ...message, number: String(index) },
          segments,
        }))
        return { interchange: begin, groups: [{ messages }] }
      }),
  )
  fc.assert(
    fc.property(
      record,
      fc.constantFrom<'\n' | '\r\n' | undefined>('\n', '\r\n', undefined),
      (data, newline) => {
        const codec = edifact({ newline })
        const bytes = codec.encode(data)
        assert.deepEqual(codec.decode(bytes), data)
        assert.deepEqual(codec.encode(codec.decode(bytes)), bytes)
      },
    ),
  )
})

test('any segments of X12 that are written are read as they were', () => {
  const separators = { element: '\x1d', component: '\x1f', segment: '\x1c' }
  const text = controlFree.map(each => each.replaceAll('^', ''))
  fc.assert(
    fc.property(fc.array(segmentsOf(text, true), { minLength: 1, maxLength: 3 }), all => {
      const interchange = {
        ...{ authorization: { qualifier: '00' }, security: { qualifier: '00' } },
        ...envelope.interchange,
        ...{ version: '00501', standard: '^', number: '000000001', separators },
      }
      const messages = all.map((segments, index) => ({
        message: { type: '850', number: `000${index}` },
        segments,
      }))
      const data: X12InterchangeRecord = {
        interchange,
        groups: [{ group: envelope.group, messages, stated: messages.length }],
      }
      assert.deepEqual(x12().decode(x12().encode(data)), data)
    }),
  )
})

test('TRADACOMS is written and read, in batches too', () => {
  const codec = tradacoms({ newline: '\n' })
  const interchange = {
    ...{ syntax: { id: 'ANA', version: '1' }, sender: { id: '5017416000006' }, receiver: { name: 'SHOP' } },
    ...{ date: '261130', time: '140559', number: '17' },
  }
  const of = (number: string, segments: Segment[], batch?: string) => ({
    interchange,
    ...(batch !== undefined && { group: { number: batch } }),
    message: { number, type: 'ORDERS', version: '9' },
    segments,
  })
  const body = [{ tag: 'OLD', elements: ['1', "A+B's=?", ['', 'x']] }]
  assert.equal(
    Buffer.from(codec.encode([of('1', body), of('2', [])])).toString(),
    "STX=ANA:1+5017416000006+:SHOP+261130:140559+17'\nMHD=1+ORDERS:9'\nOLD=1+A?+B?'s=??+:x'\nMTR=3'\nMHD=2+ORDERS:9'\nMTR=2'\nEND=2'\n",
  )
  const batches = Buffer.from(codec.encode([of('1', body, '7'), of('2', body, '7'), of('1', [], '8')]))
  assert.match(batches.toString(), /BAT=7'\n[\s\S]*EOB=2'\nBAT=8'\n[\s\S]*EOB=1'\nEND=3'\n$/)
  assert.deepEqual(Buffer.from(codec.encode(codec.decode(batches))), batches)
})
