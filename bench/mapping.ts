import { model, Type } from 'isthmus'
import { codeTable, mapping, multiply, quantity, sum, toUnit } from 'isthmus/mapping'
import { fitting } from '../src/engine/plan.ts'
import { ratio, rounds, table } from './support/harness.ts'

// Records per second through a mapping, against a function of the same author who writes the target in one piece, looks codes up in an
// object and multiplies by a factor that stands in the code: exact decimals, too. `checked` is the step of a flow, which checks the result
// against its model; so does the function. Other mappings ran before, as in a landscape, so that the compiler sees many shapes.
const Text = Type.String()
const count = 20_000
const uom = codeTable('uom', { kg: 'KGM', g: 'GRM', pc: 'C62', m: 'MTR' })
const codes: Readonly<Record<string, string>> = { kg: 'KGM', g: 'GRM', pc: 'C62', m: 'MTR' }
const factors: Readonly<Record<string, string>> = { kg: '1000', g: '1' }

const lineSchema = Type.Object({
  line: Text,
  sku: Text,
  quantity: Text,
  unit: Text,
  price: Text,
  amount: Text,
})
const Flat = model('Flat', {
  version: 1,
  schema: Type.Object({
    id: Text,
    material: Text,
    description: Text,
    plant: Text,
    grams: Text,
    unit: Text,
    price: Text,
    amount: Text,
    currency: Text,
    isOpen: Type.Boolean(),
  }),
})
const Nested = model('Nested', {
  version: 1,
  schema: Type.Object({
    id: Text,
    customer: Type.Object({ id: Text, name: Text }),
    currency: Text,
    total: Text,
    lines: Type.Array(lineSchema),
  }),
})

const item = (n: number) => ({
  no: `M${n}`,
  matnr: `0000${n}`,
  maktx: `Bolt ${n}`,
  werks: 'P100',
  menge: `${n % 97}.250`,
  meins: n % 3 === 0 ? 'g' : 'kg',
  netpr: `${n % 13}.45`,
  waers: 'CNY',
  status: n % 2 === 0 ? 'open' : 'closed',
})
type Item = ReturnType<typeof item>
const order = (n: number) => ({
  no: `O${n}`,
  kunnr: `C${n % 100}`,
  name: `Customer ${n % 100}`,
  waers: 'CNY',
  items: Array.from({ length: 20 }, (_, at) => item(n + at)),
})
type Order = ReturnType<typeof order>

const flat = mapping<Item, ReturnType<typeof flatByHand>>(Flat as never, {
  id: i => i.no,
  material: i => i.matnr,
  description: i => i.maktx,
  plant: i => i.werks,
  grams: i => toUnit(quantity(i.menge, uom.code(i.meins)), 'GRM').value,
  unit: i => uom.code(i.meins),
  price: i => i.netpr,
  amount: i => multiply(i.menge, i.netpr),
  currency: i => i.waers,
  isOpen: i => i.status === 'open',
})
function codeOf(unit: string): string {
  const code = codes[unit]
  if (code === undefined) throw new Error(`no code for ${unit}`)
  return code
}
function flatByHand(i: Item) {
  return {
    id: i.no,
    material: i.matnr,
    description: i.maktx,
    plant: i.werks,
    grams: multiply(i.menge, factors[i.meins] as string),
    unit: codeOf(i.meins),
    price: i.netpr,
    amount: multiply(i.menge, i.netpr),
    currency: i.waers,
    isOpen: i.status === 'open',
  }
}

const nested = mapping<Order, ReturnType<typeof nestedByHand>>(Nested as never, {
  id: o => o.no,
  customer: o => ({ id: o.kunnr, name: o.name }),
  currency: o => o.waers,
  total: o => sum(o.items.map(i => multiply(i.menge, i.netpr))),
  lines: o =>
    o.items.map(i => ({
      line: i.no,
      sku: i.matnr,
      quantity: toUnit(quantity(i.menge, uom.code(i.meins)), 'GRM').value,
      unit: uom.code(i.meins),
      price: i.netpr,
      amount: multiply(i.menge, i.netpr),
    })),
})
function nestedByHand(o: Order) {
  const lines = []
  const amounts = []
  for (const i of o.items) {
    const amount = multiply(i.menge, i.netpr)
    amounts.push(amount)
    const quantity = multiply(i.menge, factors[i.meins] as string)
    lines.push({ line: i.no, sku: i.matnr, quantity, unit: codeOf(i.meins), price: i.netpr, amount })
  }
  return { id: o.no, customer: { id: o.kunnr, name: o.name }, currency: o.waers, total: sum(amounts), lines }
}

/** What other mappings of a landscape make the compiler see. */
function others(): void {
  for (let n = 0; n < 8; n++) {
    const names = Array.from({ length: 4 + n }, (_, at) => [`f${n}_${at}`, (source: Item) => source.no])
    const other = mapping<Item, Record<string, string>>(Flat as never, Object.fromEntries(names))
    for (let run = 0; run < 2000; run++) other.apply(item(run))
  }
}

const kept: unknown[] = new Array(count)
/** Results are kept for a while, as a flow does: one that nobody takes is not even made. */
function all<T>(sources: readonly T[], map: (source: T) => unknown) {
  return () => {
    for (const [at, source] of sources.entries()) kept[at] = map(source)
    return sources.length
  }
}

others()
const items = Array.from({ length: count }, (_, n) => item(n))
const orders = Array.from({ length: count / 20 }, (_, n) => order(n))
const rows = []
for (const [name, mapped, byHand] of [
  ['flat, 10 fields', all(items, flat.apply), all(items, flatByHand)],
  [
    'flat, checked',
    all(items, i => fitting(Flat, flat.apply(i))),
    all(items, i => fitting(Flat, flatByHand(i))),
  ],
  ['order, 20 lines', all(orders, nested.apply), all(orders, nestedByHand)],
  [
    'order, checked',
    all(orders, o => fitting(Nested, nested.apply(o))),
    all(orders, o => fitting(Nested, nestedByHand(o))),
  ],
] as const) {
  const [mapping, hand] = await rounds(
    [
      { name: 'mapping', run: mapped },
      { name: 'by hand', run: byHand },
    ],
    25,
  )
  if (!mapping || !hand) throw new Error('two contenders ran')
  rows.push({
    what: name,
    'mapping/s': Math.round(mapping.perSecond),
    'by hand/s': Math.round(hand.perSecond),
    ratio: Number(ratio(mapping, hand).toFixed(2)),
  })
}
console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))
