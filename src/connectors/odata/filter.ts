import { type EdmType, type EdmTyped, typeOf } from './edm.ts'
import type { EntityFormat } from './entity.ts'

export type FilterValue = string | number | bigint | boolean | null

/** An expression for `$filter` whose text is the author's alone: each value is written as its field wants it. */
export class Filter {
  /** One more than `values`; a value stands between each two of them. */
  readonly strings: readonly string[]
  readonly values: readonly FilterValue[]

  constructor(strings: readonly string[], values: readonly FilterValue[]) {
    this.strings = strings
    this.values = values
  }
}

/**
 * Tags a template: `` filter`Customer eq ${order.customer} and Amount gt ${'12.50'}` ``. A value is written by the type
 * of the field that it is compared with, within a function as text, and anywhere else as what it is in JavaScript.
 */
export function filter(strings: TemplateStringsArray, ...values: readonly FilterValue[]): Filter {
  return new Filter(strings, values)
}

const compared = /([A-Za-z_][\w/]*)\s+(?:eq|ne|gt|ge|lt|le)\s+$/
const within = /\b(?:startswith|endswith|contains|substringof|indexof)\(\s*(?:[\w/]+\s*,\s*)?$/

export function filterText({ strings, values }: Filter, type: string, format: EntityFormat): string {
  const start = typeOf(format.edm, type, 'a filter')
  let text = strings[0] ?? ''
  for (const [at, value] of values.entries()) {
    const field = compared.exec(text)?.[1]
    const named = field === undefined ? undefined : typeAt(field.split('/'), start, format)
    const wanted = named ?? (within.test(text) ? 'Edm.String' : usualType(value))
    text += format.literal(value, wanted, field ?? 'a value of the filter') + (strings[at + 1] ?? '')
  }
  return text
}

function typeAt(path: readonly string[], start: EdmType, format: EntityFormat): string | undefined {
  let type: EdmType | undefined = start
  for (const [at, name] of path.entries()) {
    const found: EdmTyped | undefined = type?.properties.get(name) ?? type?.navigations.get(name)
    if (at === path.length - 1) return found?.type
    type = found && format.edm.types.get(found.type)
  }
  return undefined
}

function usualType(value: FilterValue): string {
  if (typeof value === 'boolean') return 'Edm.Boolean'
  if (typeof value === 'bigint') return 'Edm.Int64'
  if (typeof value !== 'number') return 'Edm.String'
  if (!Number.isInteger(value)) return 'Edm.Double'
  return Math.abs(value) < 2 ** 31 ? 'Edm.Int32' : 'Edm.Int64'
}
