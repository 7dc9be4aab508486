import assert from 'node:assert/strict'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { edifact as edifactFormat } from '../../src/connectors/files/index.ts'
import {
  type DataOfLayout,
  type EdifactMessage,
  edifact,
  edifactMessage,
  type X12InterchangeRecord,
  x12,
} from '../../src/message/codec/edi/index.ts'
import { model } from '../../src/model/model.ts'
import { startInstance } from '../../src/server/instance.ts'
import { putFile, readFile as readThrough, testFolder, until } from '../../test/integration/files-harness.ts'
import example from './isthmus.ts'
import { orders } from './layouts.ts'

const isa =
  'ISA*00*          *00*          *ZZ*BIKESHOP       *01*FACTORY        *261130*1405*U*00401*000000042*0*P*>~'
const set = (number: string, order: string, quantity: string) =>
  `ST*850*${number}~BEG*00*SA*${order}**20261130~CUR*BY*EUR~N1*ST*Bike Shop~N3*High Street 1~N4*Dublin**D01~
PO1*1*${quantity}*EA*19.95**VN*WHEEL-26~PID*F****Wheel~CTT*1~SE*10*${number}~\n`

test('orders go to the ERP, and every interchange is answered', { timeout: 240_000 }, async t => {
  const folder = await testFolder(t)
  const [partner, erp] = [join(folder, 'partner'), join(folder, 'erp')]
  await mkdir(join(partner, 'orders'), { recursive: true })
  await mkdir(erp)
  await putFile(
    join(partner, 'orders'),
    'today.edi',
    `${isa}\nGS*PO*BIKESHOP*FACTORY*20261130*1405*7*X*004010~\n${set('0001', 'A-1', '12.50')}${set('0002', 'A-2', '1,5')}${set('0003', 'A-3', '3')}GE*3*7~\nIEA*1*000000042~\n`,
  )
  const environment = { PARTNER: partner, ERP: erp }
  const instance = await startInstance({
    landscape: example,
    data: folder,
    port: 0,
    control: { port: 0 },
    environment,
    log: () => {},
  })
  const filesIn = async (path: string) =>
    (await readdir(path).catch(() => [])).filter(name => !name.startsWith('.')).sort()
  try {
    await until(async () => {
      const [answers, created] = await Promise.all([filesIn(join(partner, 'acknowledgements')), filesIn(erp)])
      return answers.length === 1 && created.length === 2
    })
    const created = await Promise.all((await filesIn(erp)).map(name => readFile(join(erp, name), 'utf8')))
    const lines = (quantity: string) => [{ article: 'WHEEL-26', quantity, price: '19.95' }]
    assert.deepEqual(
      created.map(text => JSON.parse(text)),
      [
        { customer: 'BIKESHOP', number: 'A-1', date: '2026-11-30', lines: lines('12.50') },
        { customer: 'BIKESHOP', number: 'A-3', date: '2026-11-30', lines: lines('3') },
      ],
    )
    const [name = ''] = await filesIn(join(partner, 'acknowledgements'))
    const answer = await readFile(join(partner, 'acknowledgements', name))
    assert.match(
      answer.toString(),
      /^ISA.*\*01\*FACTORY {8}\*ZZ\*BIKESHOP {7}\*261130\*1405\*.*~\r\nGS\*FA\*FACTORY\*BIKESHOP\*/,
    )
    const { groups } = x12().decode(answer) as X12InterchangeRecord
    assert.deepEqual(
      groups[0]?.messages[0]?.segments?.map(({ tag, elements }) => [tag, ...elements].join('*')),
      [
        ...['AK1*PO*7', 'AK2*850*0001', 'AK5*A', 'AK2*850*0002', 'AK3*PO1*7**8', 'AK4*2**6', 'AK5*R*5'],
        ...['AK2*850*0003', 'AK5*A', 'AK9*P*3*3*2'],
      ],
    )
  } finally {
    await instance.stop()
  }
})

const unb = "UNA:+,? 'UNB+UNOC:3+SHOP:14+FACTORY:14+261130:1405+42'"
const body = [
  ...[
    "BGM+220+B-1+9'",
    "DTM+2:202612011200:203'",
    "DTM+137:20261130:102'",
    "CUX+2:EUR:9'",
    "NAD+BY+5412345000013::9'",
  ],
  ...[
    "LIN+1++4000862141404:EN'",
    "QTY+21:12,50:PCE'",
    "PRI+AAA:19,95'",
    "LIN+2++4000862141411:EN'",
    "QTY+21:3'",
    "UNS+S'",
  ],
].join('\n')
const order = `${unb}UNH+1+ORDERS:D:96A:UN'${body}UNT+13+1'UNZ+1+42'`

test('an order of EDIFACT is read by its layout, and written from its data', async t => {
  const { data } = await readThrough(t, order, { format: edifactFormat({ layouts: [orders] }) })
  const Message = model('Message', { version: 1, schema: edifactMessage(orders) })
  assert.deepEqual(Message.validate(data[0]), { ok: true, data: data[0] })
  const message = data[0] as EdifactMessage<DataOfLayout<typeof orders>>
  assert.deepEqual(message.data, {
    begin: { kind: '220', number: 'B-1', function: '9' },
    ordered: { on: '2026-11-30' },
    due: { on: '2026-12-01T12:00' },
    parties: [{ role: 'BY', party: { id: '5412345000013', agency: '9' } }],
    lines: [
      {
        item: { no: '1', article: '4000862141404' },
        quantity: { amount: '12.50', unit: 'PCE' },
        price: { amount: '19.95' },
      },
      { item: { no: '2', article: '4000862141411' }, quantity: { amount: '3' } },
    ],
    summary: {},
  })
  const written = Buffer.from(edifact({ layouts: [orders] }).encode(message)).toString()
  assert.match(
    written,
    /^UNA:\+,\? 'UNB\+UNOC:3\+SHOP:14\+FACTORY:14\+261130:1405\+42'UNH\+1\+ORDERS:D:96A:UN'BGM\+220\+B-1\+9'/,
  )
  assert.match(written, /QTY\+21:12,50:PCE'PRI\+AAA:19,95'.*UNS\+S'UNT\+12\+1'UNZ\+1\+42'$/)
})
