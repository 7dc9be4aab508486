import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { readFile as readBytes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { edifact, type Format, tradacoms, x12 } from '../../src/connectors/files/index.ts'
import type {
  EdifactInterchangeRecord,
  EdifactMessage,
  TradacomsMessage,
  X12Message,
} from '../../src/message/codec/edi/index.ts'
import { readFile } from './files-harness.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const options = { skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it' }
const bytesOf = (name: string) => readBytes(join(corpus, 'edi', name))
function formatOf(name: string): Format {
  if (/^(204|210|214|990|x12)/.test(name)) return x12()
  return name.startsWith('tradacoms') ? tradacoms() : edifact()
}

/** Of a message that is good: its type, its number, and its segments, both ends included, as counted in the text. */
type Good = readonly [type: string, number: string, segments: number]
interface Facts {
  readonly good?: readonly Good[]
  /** Each in its order: the line, and what is wrong there. */
  readonly refused?: readonly RegExp[]
  /** Of X12: element, component, segment and, where the version has one, repetition. */
  readonly separators?: string
}
const says = (line: number, tag: string, said: string, counted: number) =>
  new RegExp(
    `line ${line}, (segment \\d+ \\()?${tag}\\)?, element 1: says ${said} where there are ${counted} `,
  )
const differs = (line: number, tag: string) =>
  new RegExp(`line ${line}, (.*\\()?${tag}\\)?, element 2: has the number`)
const unb = (line: number, reason: string) => new RegExp(`line ${line}, UNB, ${reason}`)
const unknown = (line: number, id: string) =>
  unb(line, `element 1: the syntax identifier "${id}" is not known`)
/** The end counts segments, or messages of the whole, where it should count four messages. */
const bill = (end: number, said: string): Facts => ({
  good: [
    ['UTLHDR', '1', 7],
    ['UTLBIL', '2', 12],
    ['UVATLR', '3', 4],
    ['UTLTLR', '4', 3],
  ],
  refused: [says(end, 'END', said, 4)],
})
const isa = differs // The interchange ends with another number than it began with.

/** By hand from the texts. Many are cut examples whose counts are those of the whole. */
const facts: Readonly<Record<string, Facts>> = {
  '204-MGCTLYST-SAMPLE.EDI': { refused: [says(40, 'SE', '41', 38)] },
  '210-MGCTLYST-SAMPLE.EDI': { good: [['210', '18380001', 31]], separators: '*:~' },
  '214-MGCTLYST-SAMPLE.EDI': { good: [['214', '822650001', 16]], separators: '*>~' },
  '990-MGCTLYST-SAMPLE.EDI': { good: [['990', '000000448', 3]], separators: '*>\n' },
  'Aperak_issue235.xml': { refused: [/EDI is not read in utf-16le/] },
  // The first UNB is empty; the second one has no number.
  'Apperak_edi_out_issue235.edi': {
    refused: [
      unknown(2, ''),
      /line 3, UNB: UNZ is missing/,
      unb(3, 'element 5: is missing'),
      unb(3, 'element 5'),
      differs(13, 'UNZ'),
    ],
  },
  'edifact.01.edi': { refused: [says(33, 'UNT', '158', 31), differs(34, 'UNZ')] },
  'edifact.01.multi-message.edi': {
    refused: [
      says(33, 'UNT', '158', 31),
      /line 34, segment 1 \(UNH\), element 1: the number 1 is there twice/,
      differs(65, 'UNZ'),
    ],
  },
  'edifact.AutoEndSegmentGroups.edi': { good: [['AESG', '00001', 6]] },
  'edifact.D01B.IFCSUM.EDI': { refused: [says(28, 'UNT', '787', 27)] },
  'edifact.D01B.IFCSUM.NewLines.EDI': { refused: [/line 1, byte 0: a segment that is not ended by "'"/] },
  'edifact.D95B.CUSCAR.EDI': { refused: [/line 2, segment 1 \(UNH\), element 2, component 1: is missing/] },
  'edifact.D95B.Issue137.EDI': { refused: [/line 1, byte 0: no interchange begins here/] },
  'edifact.Issue121.ElementList.Conditions.edi': {
    refused: [unb(1, 'element 1, component 2: is missing'), unb(1, 'element 1')],
  },
  'edifact.Issue121.ElementList.edi': {
    refused: [unb(1, 'element 1, component 2: is missing'), unb(1, 'element 1')],
  },
  'edifact.Issue149.SegmentGroups.edi': { refused: [says(12, 'UNT', '91', 9)] },
  'edifact.Issue152.Wikipedia.edi': { good: [['PAORES', '1', 13]] },
  'edifact.Issue157.Wikipedia.edi': {
    refused: [/line 5, segment 3 \(IFT\), element 2: a release character before "A"/],
  },
  'edifact.Issue170.ElementList.edi': {
    refused: [unknown(1, 'XXXX'), unknown(1, 'XXXX')],
  },
  'edifact.Issue174.edi': { refused: [unknown(1, 'XXXX'), unknown(1, 'XXXX')] },
  'edifact.Issue188.edi': {
    refused: [
      says(5, 'UNT', '1', 3),
      says(8, 'UNT', '1', 3),
      says(11, 'UNT', '1', 3),
      /line 12, segment 1 \(UNH\), element 1: the number 44 is there twice/,
      says(15, 'UNZ', '1', 4),
    ],
  },
  'edifact.Issue196.edi': { refused: [unknown(2, 'XXXA'), unknown(2, 'XXXA')] },
  'edifact.Issue203.edi': { refused: [says(104, 'UNT', '13', 102)] },
  'edifact.Issue98.edi': {
    refused: [unb(1, 'element 1, component 2: is missing'), unb(1, 'element 1')],
  },
  'edifact.ORDRSP-formatted.edi': { refused: [says(32, 'UNT', '17', 30), differs(33, 'UNZ')] },
  'edifact.ORDRSP.edi': { refused: [says(1, 'UNT', '17', 31), differs(1, 'UNZ')] },
  'edifact.Paiement.Issue139.EDI': { refused: [says(13, 'UNT', '000100', 10)] },
  'tradacoms.Issue17.autogeneratedvalues.edi': bill(28, '28'),
  'tradacoms.order9.edi': {
    good: [
      ['ORDHDR', '1', 6],
      ['ORDERS', '2', 9],
      ['ORDERS', '3', 7],
      ['ORDTLR', '4', 3],
    ],
  },
  'tradacoms.productplanning.edi': {
    good: [['PPRTLR', '3', 3]],
    refused: [/line 6, segment 5 \(IL\): is no segment/, says(41, 'MTR', '50496', 34)],
  },
  'tradacoms.utilitybill.edi': bill(28, '27'),
  'tradacoms.utilitybill.escape.edi': bill(28, '27'),
  'tradacoms.utilitybill.escape2.edi': {
    good: [
      ['UTLHDR', '1', 7],
      ['UVATLR', '3', 4],
      ['UTLTLR', '4', 3],
    ],
    refused: [says(21, 'MTR', '12', 13), says(29, 'END', '27', 4)],
  },
  'x12.214.edi': {
    refused: [/line 1, ISA, element 8: a line end within the segment/, /line 1, ISA, element 8/],
  },
  'x12.810.mandatory-conditions.edi': { refused: [says(8, 'SE', '50', 6), isa(10, 'IEA')] },
  'x12.810a.edi': { good: [['810', '0001', 64]], separators: '*>~' },
  'x12.810b.edi': { good: [['810', '0001', 72]], separators: '*>~' },
  'x12.810c.edi': { good: [['810', '0001', 45]], separators: '*>~' },
  'x12.810d.edi': { good: [['810', '0001', 64]], separators: '*>~' },
  'x12.820.issue140.edi': { good: [['820', '101053', 68]], separators: '*>\n:' },
  'x12.832.edi': { refused: [says(14, 'SE', '17', 12)] },
  'x12.850.edi': { good: [['850', '0003', 11]], refused: [isa(15, 'IEA')], separators: '*>~' },
  // Where the component separator should be stands the one of segments, and behind that a line end.
  'x12.850.issue135.edi': { refused: [1, 2, 3].map(() => /line 2, GS, element 8: has several components/) },
  'x12.850a.edi': { good: [['850', '0001', 50]], refused: [isa(54, 'IEA')], separators: '*>~' },
  'x12.Issue101.edi': { refused: [says(7, 'SE', '50', 5), isa(9, 'IEA')] },
  'x12.Issue172.edi': { refused: [says(12, 'SE', '50', 10), isa(14, 'IEA')] },
  'x12.Issue88.edi': { good: [['271', '00001', 47]], separators: '*:~^' },
  'x12.Issue91.edi': { refused: [says(9, 'SE', '50', 7), isa(11, 'IEA')] },
}

test('every EDI file of the corpus is in the table', options, () => {
  assert.deepEqual(Object.keys(facts).sort(), readdirSync(join(corpus, 'edi')).sort())
})

/** Neither line ends and what stands before the next segment, nor blanks that fill the elements of ISA. */
function bare(text: string): string {
  const segments = text
    .replace(/^\ufeff/, '')
    .replace(/[ \t]*[\r\n]+[ \t]*/g, '')
    .trim()
  return segments.replace(/[ \u00a0]+(?=\*)/g, '')
}

for (const [name, { good = [], refused = [], separators }] of Object.entries(facts)) {
  test(`${name} is read right, or refused with the place`, options, async t => {
    const format = formatOf(name)
    const bytes = await bytesOf(name)
    const { data, defects } = await readFile(t, bytes, { format })
    const messages = data as (X12Message | EdifactMessage | TradacomsMessage)[]
    assert.deepEqual(
      messages.map(({ message, segments }) => [message.type, message.number, segments.length + 2]),
      good,
    )
    assert.equal(defects.length, refused.length, defects.map(({ defect }) => defect).join('\n'))
    for (const [index, expected] of refused.entries()) assert.match(defects[index]?.defect ?? '', expected)
    const [first] = messages
    if (first === undefined) return
    if (separators !== undefined) {
      const { interchange } = first as X12Message
      const { element, component, segment } = interchange.separators ?? assert.fail()
      assert.equal(element + component + segment + interchange.standard.replace('U', ''), separators)
    }
    if (refused.length > 0) return
    const written = Buffer.from(format.writer('utf-8')(messages)).toString()
    assert.equal(bare(written), bare(bytes.toString()))
  })
}

test('what the texts say comes out as it stands, releases and national signs included', options, async t => {
  const whole = async (name: string) => {
    const { data } = await readFile(t, await bytesOf(name), { format: edifact({ record: 'interchange' }) })
    return data[0] as EdifactInterchangeRecord
  }
  const payment = await whole('edifact.Paiement.Issue139.EDI')
  assert.deepEqual(payment.interchange, {
    syntax: { id: 'UNOL', version: '3' },
    sender: { id: '35044551600023', qualifier: '5', internal: 'I' },
    receiver: { id: '7501751', qualifier: '146' },
    ...{
      date: '191007',
      time: '1205',
      number: '20191007120559',
      agreement: 'TDT-PED-IN-DP1501/CVA19',
      test: '1',
    },
    una: ":+,? '",
  })
  const [group] = payment.groups
  assert.equal(group?.group?.sender?.id, 'NON_SECURISE_NON_SIGNE')
  const { segments = [] } = group?.messages[0] ?? {}
  assert.deepEqual(segments[3], { tag: 'RFF', elements: [['AUN', "TELE'DECLAR", '', '6.5.7.0']] })
  assert.deepEqual(segments[7]?.elements[3], [
    'CEC_EDI_PAYE',
    "CABINET D'EXPERTISE COMPTABLE",
    '',
    '',
    '',
    '3',
  ])
  const bill = await readFile(t, await bytesOf('tradacoms.utilitybill.escape.edi'), { format: tradacoms() })
  const [{ segments: customer, interchange: from }] = bill.data as [TradacomsMessage]
  assert.deepEqual(from.sender, { id: '1011101000000', name: 'SOME ELECTRIC COMPANY PLC' })
  assert.equal(customer[2]?.elements[1], "GEORGE'S FRIED CHIKEN + SONS. Could be the best chicken yet?")
  const answer = await whole('edifact.ORDRSP.edi').catch(() => undefined)
  assert.equal(
    answer?.groups[0]?.messages[0]?.segments?.find(({ tag }) => tag === 'COM')?.elements[0]?.toString(),
    '+49 123 45678 8652,TE',
  )
  const { data } = await readFile(t, await bytesOf('x12.820.issue140.edi'), { format: x12() })
  const { segments: remittance, interchange } = data[0] as X12Message
  assert.equal(interchange.sender.id, 'TPTESTUS00')
  assert.deepEqual(
    remittance.filter(({ tag }) => tag === 'RMR').map(({ elements }) => elements[3]),
    ['4408.75', '4653.84', '4413.11', '2276.1', '2276.1', '1264.5', '2006.57'],
  )
})
