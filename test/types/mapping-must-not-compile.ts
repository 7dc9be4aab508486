/** What the compiler must refuse about the helpers of mappings; see must-not-compile.ts. */
import { model, Type } from 'isthmus'
import { choose, codeTable, invertible, matchBy } from 'isthmus/mapping'

const uom = codeTable('uom', { kg: 'KGM', pc: 'C62' })
declare const unit: 'kg' | 'pc'
declare const wider: 'kg' | 'stone'
declare const text: string

export const code: 'KGM' | 'C62' = uom.code(unit)
export const ofText: 'KGM' | 'C62' = uom.code(text)
// Every value of an enumeration has a code.
// @ts-expect-error
uom.code(wider)
// Where misses are answered, they may come.
codeTable('uom', { kg: 'KGM' }, { miss: 'keep' }).code(wider)
export const kept: 'KGM' | 'ZZ' = codeTable('uom', { kg: 'KGM' }, { miss: { answer: 'ZZ' } }).code(wider)
// @ts-expect-error
uom.back('XYZ')

export const chosen: number = choose(unit, { kg: 1, pc: 2 })
// A case is missing, or there is one too many.
// @ts-expect-error
choose(unit, { kg: 1 })
// @ts-expect-error
choose(unit, { kg: 1, pc: 2, stone: 3 })

const left = [{ no: 'A' }]
const right = [{ ref: 'A', price: '1' }]
const rules = { none: 'keep', several: 'park' } as const
const pairs = matchBy(
  left,
  right,
  ({ no }) => no,
  ({ ref }) => ref,
  rules,
)
// Where left records are kept, their match may not be there.
// @ts-expect-error
export const prices: string[] = pairs.map(([, found]) => found.price)
// Nobody forgets by accident to say what none and several become.
matchBy(
  left,
  right,
  one => one.no,
  one => one.ref,
  // @ts-expect-error
  { none: 'drop' },
)

const Text = Type.String()
const Item = model('Item', {
  version: 1,
  schema: Type.Object({ no: Text, unit: Text, pieces: Type.Number() }),
})
const Part = model('Part', {
  version: 1,
  schema: Type.Object({ code: Text, uom: Text, count: Type.Number() }),
})
invertible(Item, Part, { no: 'code', unit: { to: 'uom', by: uom as never }, pieces: 'count' })
// A field of the one side that is left out, and one of the other.
// @ts-expect-error
invertible(Item, Part, { no: 'code', unit: 'uom' })
const Larger = model('Larger', {
  version: 1,
  schema: Type.Object({ code: Text, uom: Text, count: Type.Number(), plant: Text }),
})
// @ts-expect-error
invertible(Item, Larger, { no: 'code', unit: 'uom', pieces: 'count' })
// Another type without a way there and back.
// @ts-expect-error
invertible(Item, Part, { no: 'code', unit: 'uom', pieces: 'code' })
