import { env, flow, landscape, model, system, Type } from 'isthmus'
import {
  creditCode,
  date,
  decimal,
  optional,
  phone,
  rule,
  singleSpaces,
  trim,
  unit,
  visible,
} from 'isthmus/clean'
import { csv, files, jsonLines } from 'isthmus/files'

const Text = Type.String()
const Offer = model('Offer', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Text,
    supplier: Text,
    taxNo: Text,
    phone: Type.Optional(Text),
    price: Text,
    per: Text,
    until: Text,
  }),
})

const purchasing = system('purchasing', {
  kind: 'other',
  connector: files({ folder: env('PURCHASING', './purchasing') }),
})
const received = purchasing.read('offers', Offer, { pattern: '*.csv', format: csv(), every: '1s' })

const erp = system('erp', { kind: 'erp', connector: files({ folder: env('ERP', './erp') }) })
const offers = erp.write('offers', Offer, { file: ({ no }) => `${no}.json`, format: jsonLines() })

const offering = flow('offers')
  .from(received)
  .clean({
    no: [visible, trim],
    supplier: [visible, singleSpaces, trim],
    taxNo: creditCode,
    phone: optional(phone('CN')), // empty cells become absent fields
    price: decimal({ scale: 2, notation: '1,234.5' }), // a lone comma is one of thousands here
    per: unit({ 托: 'XPX' }),
    until: date({ order: 'dmy' }),
  })
  .validate([
    rule('priced', { reason: 'an offer of nothing' }, offer => offer.price !== '0.00'),
    rule('reachable', { severity: 'warn', reason: 'nobody to call' }, offer => offer.phone !== undefined),
  ])
  .to(offers)

export default landscape({ name: 'cleaning', systems: [purchasing, erp], flows: [offering] })
