import { env, flow, landscape, model, system, Type } from 'isthmus'
import { acknowledgeX12, messagesOf, x12Interchange } from 'isthmus/edi'
import { files, jsonLines, x12 } from 'isthmus/files'
import { order850 } from './layouts.ts'

const Text = Type.String()
const Received = model('Received', { version: 1, schema: x12Interchange(order850) })
const Answer = model('Answer', { version: 1, schema: x12Interchange() })
const Line = Type.Object({ article: Text, quantity: Text, price: Text })
const Order = model('Order', {
  version: 1,
  key: 'number',
  schema: Type.Object({ customer: Text, number: Text, date: Text, lines: Type.Array(Line) }),
})

const partner = system('partner', {
  kind: 'other',
  connector: files({ folder: env('PARTNER', './partner') }),
})
const received = partner.read('received', Received, {
  folder: 'orders',
  pattern: '*.edi',
  format: x12({ layouts: [order850], record: 'interchange' }),
  every: '1s',
})
const answers = partner.write('answers', Answer, {
  folder: 'acknowledgements',
  format: x12({ newline: '\r\n' }),
  file: ({ interchange }) => `997-${interchange.number}.edi`,
})
const erp = system('erp', { kind: 'erp', connector: files({ folder: env('ERP', './erp') }) })
const created = erp.write('orders', Order, { format: jsonLines(), file: ({ number }) => `${number}.json` })

/** Every interchange is answered: the answer names what is wrong, and where. */
const acknowledging = flow('acknowledging')
  .from(received)
  .key(({ interchange }) => interchange.sender.id)
  .split('answer', whole => {
    const { number, date, time } = whole.interchange // a repeat gives the same answer
    return acknowledgeX12(whole, { number, date: `20${date}`, time })
  })
  .to(answers)

/** Orders that are good go on. */
const ordering = flow('ordering')
  .from(received)
  .key(({ interchange }) => interchange.sender.id)
  .split('message', messagesOf)
  .map(Order, {
    customer: m => m.interchange.sender.id,
    number: m => m.data.begin.number,
    date: m => m.data.begin.date,
    lines: m => m.data.lines.map(({ item: { article, quantity, price } }) => ({ article, quantity, price })),
  })
  .to(created)

export default landscape({ name: 'edi', systems: [partner, erp], flows: [acknowledging, ordering] })
