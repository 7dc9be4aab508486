/** What the compiler must refuse about matching and sentinels; see must-not-compile.ts. */
import { model, sentinel, system, Type } from 'isthmus'
import { csv, files } from 'isthmus/files'
import { exact, longest, matcher, merge, newest, sameKey } from 'isthmus/match'

interface Customer {
  readonly name: string
  readonly born: Date
  readonly changed: string
}
const name = { value: (each: Customer) => each.name, by: exact }
const byName = sameKey<Customer>('name', each => each.name)
export const customers = matcher<Customer>({ fields: { name }, blocks: [byName] })

// A field gives the text or number that is compared.
// @ts-expect-error
matcher<Customer>({ fields: { born: { value: each => each.born, by: exact } }, blocks: [byName] })
// @ts-expect-error
matcher<Customer>({ fields: { name: { value: each => each.surname, by: exact } }, blocks: [byName] })

// There is no comparing of all with all by accident.
// @ts-expect-error
matcher<Customer>({ fields: { name } })

// Rules are those of fields that there are.
const cluster: readonly Customer[] = []
export const one: Customer = merge(cluster, { name: longest, born: newest(each => each.changed) }).record
// @ts-expect-error
merge(cluster, { surname: longest })
// @ts-expect-error
merge(cluster, { born: newest(each => each.born) })

// A sentinel watches what is delivered.
const Row = model('Row', { version: 1, schema: Type.Object({ no: Type.String() }) })
const shop = system('shop', { kind: 'files', connector: files({ folder: '.' }) })
sentinel(shop.read('rows', Row, { pattern: '*.csv', format: csv() }), {})
// @ts-expect-error
sentinel(shop.write('rows', Row, { file: ({ no }) => no, format: csv() }), {})
// @ts-expect-error
sentinel(shop.read('rows', Row, { pattern: '*.csv', format: csv() }), 'rows.profile.json')
