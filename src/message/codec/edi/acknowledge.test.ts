import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acknowledgeEdifact, readAcknowledgementEdifact } from './acknowledge-edifact.ts'
import { acknowledgeX12, readAcknowledgementX12 } from './acknowledge-x12.ts'
import { an, decimal } from './declare.ts'
import { edifact } from './edifact.ts'
import {
  type EdifactInterchangeRecord,
  messageId,
  messagesOf,
  type X12InterchangeRecord,
} from './interchange.ts'
import { layout, many, segment } from './layout.ts'
import { x12 } from './x12.ts'

const own = { number: '000000900', date: '20261130', time: '1500' }
const order = layout('850', {
  begin: segment('BEG', { number: an(3) }),
  lines: many(segment('PO1', { quantity: decimal(2), unit: an(3, { min: 2, max: 2 }) })),
})
const codec = x12({ layouts: [order] })
const isa =
  'ISA*00*          *00*          *ZZ*SENDER         *01*RECEIVER       *261130*1405*U*00401*000000007*1*T*>~'
const received = (groups: string, count = 1) => Buffer.from(`${isa}${groups}IEA*${count}*000000007~`)
const gs = (number: string, functional = 'PO') =>
  `GS*${functional}*SENDER*RECEIVER*20261130*1405*${number}*X*004010~`
const st = (number: string, body: string, count: number) => `ST*850*${number}~${body}SE*${count}*${number}~`
const read997 = ([data]: readonly X12InterchangeRecord[]) =>
  (data?.groups[0]?.messages ?? []).map(({ segments = [] }) =>
    segments.map(({ tag, elements }) =>
      [tag, ...elements.map(each => (Array.isArray(each) ? each.join('>') : each))].join('*'),
    ),
  )

test('a group whose transaction sets are all good is accepted', () => {
  const body = received(
    `${gs('17')}${st('0001', 'BEG*00*SA*A~', 3)}${st('0002', 'BEG*00*SA*B~PO1*1*2.5*EA~', 4)}GE*2*17~`,
  )
  const [ack] = acknowledgeX12(codec.decode(body) as X12InterchangeRecord, own)
  assert.deepEqual(read997(ack ? [ack] : []), [
    ['AK1*PO*17', 'AK2*850*0001', 'AK5*A', 'AK2*850*0002', 'AK5*A', 'AK9*A*2*2*2'],
  ])
  const written = Buffer.from(x12().encode(ack)).toString()
  assert.match(
    written,
    /^ISA\*00\* {10}\*00\* {10}\*01\*RECEIVER {7}\*ZZ\*SENDER {9}\*261130\*1500\*U\*00401\*000000900\*0\*T\*>~/,
  )
  assert.match(
    written,
    /GS\*FA\*RECEIVER\*SENDER\*20261130\*1500\*000000900\*X\*004010~ST\*997\*0001~AK1\*PO\*17~/,
  )
  assert.match(written, /AK9\*A\*2\*2\*2~SE\*8\*0001~GE\*1\*000000900~IEA\*1\*000000900~$/)
  assert.deepEqual(
    x12().encode(ack),
    x12().encode(acknowledgeX12(codec.decode(body) as X12InterchangeRecord, own)),
  )
})

test('errors are told by set, segment and element, and a group with good and bad sets is accepted in part', () => {
  const bad = st('0002', 'BEG*00*SA*B~PO1*1*x*EACH~ABC*1~', 9)
  const body = received(
    `${gs('17')}${st('0001', 'BEG*00*SA*A~', 3)}${bad}${st('0003', 'BEG*00*SA~PO1*1*1,5*EA~ABC*1~', 5)}GE*3*17~`,
  )
  const data = codec.decode(body) as X12InterchangeRecord
  assert.deepEqual(read997(acknowledgeX12(data, own)), [
    [
      ...['AK1*PO*17', 'AK2*850*0001', 'AK5*A', 'AK2*850*0002', 'AK5*R*4'],
      ...['AK2*850*0003', 'AK3*BEG*2**8', 'AK4*3**1', 'AK3*PO1*3**8', 'AK4*2**6', 'AK3*ABC*4**6', 'AK5*R*5'],
      'AK9*P*3*3*1',
    ],
  ])
  assert.deepEqual(
    messagesOf(data).map(({ message }) => message.number),
    ['0001'],
  )
  const [first] = messagesOf(data)
  assert.equal(messageId(first as never), 'ZZ:SENDER/01:RECEIVER/000000007/17/0001')
})

test('a group or interchange with a wrong count rejects what is in it', () => {
  const body = received(
    `${gs('17')}${st('0001', 'BEG*00*SA*A~', 3)}GE*2*17~${gs('18')}${st('0001', 'BEG*00*SA*A~', 3)}GE*1*18~`,
    2,
  )
  assert.deepEqual(read997(acknowledgeX12(codec.decode(body) as X12InterchangeRecord, own)), [
    ['AK1*PO*17', 'AK2*850*0001', 'AK5*R', 'AK9*R*2*1*0*5'],
    ['AK1*PO*18', 'AK2*850*0001', 'AK5*A', 'AK9*A*1*1*1'],
  ])
})

test('messages go on when they are accepted, and only then', () => {
  const one = `${gs('17')}${st('0001', 'BEG*00*SA*A~', 3)}GE*1*17~`
  const two = `${gs('18')}${st('0001', 'BEG*00*SA*B~', 3)}GE*2*18~`
  const orders = (body: Uint8Array) => messagesOf(codec.decode(body) as X12InterchangeRecord).map(messageId)
  assert.deepEqual(orders(received(one + two, 2)), ['ZZ:SENDER/01:RECEIVER/000000007/17/0001'])
  assert.deepEqual(orders(received(one, 3)), [])
  const [ack] = acknowledgeX12(codec.decode(received(one, 3)) as X12InterchangeRecord, own)
  assert.deepEqual(read997(ack ? [ack] : []), [['AK1*PO*17', 'AK2*850*0001', 'AK5*R', 'AK9*R*1*1*0']])
  assert.equal(
    messageId(codec.decode(received(one)) as X12InterchangeRecord),
    'ZZ:SENDER/01:RECEIVER/000000007',
  )
})

test('an acknowledgement is read, and not acknowledged', () => {
  const body = received(`${gs('17')}${st('0001', 'BEG*00*SA*A~', 3)}${st('0002', 'BEG*00*SA*B~', 9)}GE*2*17~`)
  const ack = x12().decode(x12().encode(acknowledgeX12(codec.decode(body) as X12InterchangeRecord, own)))
  const [message] = messagesOf(ack as X12InterchangeRecord)
  assert.deepEqual(readAcknowledgementX12(message?.segments ?? []), {
    ...{ functional: 'PO', group: '17', status: 'P', stated: 2, received: 2, accepted: 1, errors: [] },
    messages: [
      { type: '850', number: '0001', status: 'A', errors: [] },
      { type: '850', number: '0002', status: 'R', errors: ['4'] },
    ],
  })
  assert.deepEqual(acknowledgeX12(ack as X12InterchangeRecord, own), [])
})

const orders = layout('ORDERS', {
  begin: segment('BGM', { number: an(2) }),
  lines: many(segment('QTY', { amount: decimal([1, 2]) })),
})
const edi = edifact({ layouts: [orders] })
const unb = "UNB+UNOC:3+SENDER:14+RECEIVER:ZZ+261130:1405+77++++++1'"
const unh = (number: string, body: string, count: number) =>
  `UNH+${number}+ORDERS:D:96A:UN:EAN008'${body}UNT+${count}+${number}'`
const control = { number: '900', date: '261130', time: '1500' }
const contrl = (messages: string, count: number) =>
  acknowledgeEdifact(
    edi.decode(Buffer.from(`${unb}${messages}UNZ+${count}+77'`)) as EdifactInterchangeRecord,
    control,
  )

test('CONTRL accepts what is not named, and names messages, segments and elements with an error', () => {
  const bad = unh('2', "BGM+220'QTY+21:1,5'XYZ+1'", 5)
  const [ack] = contrl(unh('1', "BGM+220+A'", 3) + bad + unh('3', "BGM+220+A'", 7), 3)
  assert.equal(
    Buffer.from(edifact({ newline: '\n' }).encode(ack)).toString(),
    [
      "UNB+UNOC:3+RECEIVER:ZZ+SENDER:14+261130:1500+900++++++1'",
      "UNH+1+CONTRL:D:3:UN'",
      "UCI+77+SENDER:14+RECEIVER:ZZ+7'",
      "UCM+2+ORDERS:D:96A:UN:EAN008+4'",
      "UCS+2'",
      "UCD+13+3'",
      "UCS+3'",
      "UCD+12+2:2'",
      "UCS+4+15'",
      "UCM+3+ORDERS:D:96A:UN:EAN008+4+29+UNT+2'",
      "UNT+10+1'",
      "UNZ+1+900'\n",
    ].join('\n'),
  )
  const [message] = messagesOf(ack as EdifactInterchangeRecord)
  assert.deepEqual(readAcknowledgementEdifact(message?.segments ?? []), {
    ...{ interchange: '77', action: '7', error: '' },
    messages: [
      {
        ...{ number: '2', type: 'ORDERS', action: '4', error: '' },
        errors: [
          { segment: 2, error: '13' },
          { segment: 3, error: '12' },
          { segment: 4, error: '15' },
        ],
      },
      { number: '3', type: 'ORDERS', action: '4', error: '29', errors: [] },
    ],
  })
  assert.deepEqual(
    acknowledgeEdifact(edifact().decode(edifact().encode(ack)) as EdifactInterchangeRecord, control),
    [],
  )
})

test('CONTRL rejects an interchange whose end does not fit', () => {
  const [ack] = contrl(unh('1', "BGM+220+A'", 3), 2)
  assert.deepEqual(ack?.groups[0]?.messages[0]?.segments, [
    { tag: 'UCI', elements: ['77', ['SENDER', '14'], ['RECEIVER', 'ZZ'], '4', '29', 'UNZ', '2'] },
  ])
})

test('whatever is wrong with a message or group, its acknowledgement can be sent', () => {
  const bad = [
    'GS*PO~ST*850~BEG*A~SE*3*0001~GE*1~',
    'GS~ST~SE~GE~',
    'GS*PO*SEN\x01DER*RE\x02*20261130*1405*1*X*004010~ST*85\x030*00\x0401~B\x05G*A~SE*3*0001~GE*1*1~',
    'ST*850*0001~SE*2*0001~GS*PO*SENDER*RECEIVER*20261130*1405*1~GE*0*1~',
  ]
  for (const groups of bad) {
    const [ack] = acknowledgeX12(codec.decode(received(groups)) as X12InterchangeRecord, own)
    assert.ok(ack, groups)
    const sent = x12().decode(x12().encode(ack)) as X12InterchangeRecord
    assert.equal(messagesOf(sent).length, 1)
    assert.equal(readAcknowledgementX12(sent.groups[0]?.messages[0]?.segments ?? []).status, 'R')
  }
  for (const message of [
    "UNH'UNT+2'",
    "UNH+1'UNT+2+1'",
    "UNH+\x01+ORD\x02ERS:D'UNT+2+1'",
    "UNH+1+A'\x03'UNT+3+1'",
  ]) {
    const [ack] = contrl(message, 1)
    const sent = edifact().decode(edifact().encode(ack)) as EdifactInterchangeRecord
    assert.equal(messagesOf(sent).length, 1)
    const [told] = readAcknowledgementEdifact(sent.groups[0]?.messages[0]?.segments ?? []).messages
    assert.equal(told?.action, '4', message)
  }
})
