/** Different values that are remembered. */
const mostValues = 500

/** What was seen at one place of many samples. Holds counts, and texts only as long as they are few. */
export class Evidence {
  /** How often something was there, null included. */
  count = 0
  nulls = 0
  booleans = 0
  integers = 0
  numbers = 0
  texts = 0
  empties = 0
  objects = 0
  lists = 0
  /** Text to how often it was seen; the first `mostValues` of them. */
  readonly values = new Map<string, number>()
  hasMoreValues = false
  /** For each form that is known, whether every text that is not empty has it. */
  readonly forms = new Map(forms.map(([name]) => [name, true]))
  readonly fields = new Map<string, Evidence>()
  items: Evidence | undefined

  add(value: unknown): void {
    this.count++
    if (value === null) this.nulls++
    else if (typeof value === 'boolean') this.booleans++
    else if (typeof value === 'number') this.#addNumber(value)
    else if (Array.isArray(value)) this.#addList(value)
    else if (typeof value === 'object') this.#addObject(value as object)
    else this.#addText(String(value))
  }

  /** As if all that the other has seen had been added here. */
  merge(other: Evidence): void {
    for (const name of counters) this[name] += other[name]
    for (const [value, count] of other.values) this.#remember(value, count)
    this.hasMoreValues ||= other.hasMoreValues
    for (const [name, all] of other.forms) if (!all) this.forms.set(name, false)
    for (const [name, field] of other.fields) this.field(name).merge(field)
    if (other.items) {
      this.items ??= new Evidence()
      this.items.merge(other.items)
    }
  }

  field(name: string): Evidence {
    const known = this.fields.get(name)
    if (known) return known
    const field = new Evidence()
    this.fields.set(name, field)
    return field
  }

  #addNumber(value: number): void {
    this.numbers++
    if (Number.isInteger(value)) this.integers++
    this.#remember(String(value), 1)
  }

  #addList(values: readonly unknown[]): void {
    this.lists++
    this.items ??= new Evidence()
    for (const value of values) this.items.add(value)
  }

  #addObject(value: object): void {
    this.objects++
    for (const [name, inner] of Object.entries(value)) this.field(name).add(inner)
  }

  #addText(text: string): void {
    this.texts++
    if (text === '') {
      this.empties++
      return
    }
    this.#remember(text, 1)
    for (const [name, form] of forms)
      if (this.forms.get(name) && !form.test(text)) this.forms.set(name, false)
  }

  #remember(value: string, count: number): void {
    const known = this.values.get(value)
    if (known !== undefined || (this.values.size < mostValues && value.length <= 200))
      this.values.set(value, (known ?? 0) + count)
    else this.hasMoreValues = true
  }
}

const counters = [
  ...(['count', 'nulls', 'booleans', 'integers', 'numbers', 'texts', 'empties', 'objects', 'lists'] as const),
]

const date = '\\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])'
const time = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?'

/** Forms of text. Sources: RFC 3339, RFC 9562, RFC 5322 (what people use of it). */
const forms: readonly (readonly [string, RegExp])[] = [
  ['date', new RegExp(`^${date}$`)],
  ['date-time', new RegExp(`^${date}[Tt]${time}(?:[Zz]|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)$`)],
  ['uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i],
  [
    'email',
    /^[a-z0-9_%+-]+(?:\.[a-z0-9_%+-]+)*@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\.[a-z]{2,}$/i,
  ],
  ['uri', /^(?:https?|ftp|urn|mailto):[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/],
  ['digits', /^\d+$/],
  ['decimal', /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/],
]
