/** What the compiler must refuse about sites; see must-not-compile.ts. */
import { irreversible, model, system, Type } from 'isthmus'
import type { SourceChannel } from 'isthmus/connector'
import { web } from 'isthmus/web'

const Offer = model('Offer', {
  version: 1,
  schema: Type.Object({ sku: Type.String(), price: Type.String(), note: Type.Optional(Type.String()) }),
})
const site = system('site', { kind: 'other', connector: web({ url: 'https://x.test' }) })
const fields = { sku: '.sku', price: '.price', note: { at: '.note', optional: true } }
const list: SourceChannel<{ sku: string; price: string; note?: string }> = site.list('offers', Offer, {
  path: '/',
  records: 'tr',
  fields,
})
void list

// Every field of the model is somewhere on the page.
// @ts-expect-error
site.list('less', Offer, { path: '/', records: 'tr', fields: { sku: '.sku', price: '.price' } })
// And no other one.
// @ts-expect-error
site.list('more', Offer, { path: '/', records: 'tr', fields: { ...fields, colour: '.colour' } })

// A form that is sent says what sending it again does, and how it is known to be done.
const form = { path: '/order', values: () => ({ sku: 'x' }), done: '.done' }
site.submit('order', Offer, { ...form, effect: irreversible })
// @ts-expect-error
site.submit('order', Offer, form)
// @ts-expect-error
site.submit('order', Offer, { path: '/order', values: () => ({}), effect: irreversible })
