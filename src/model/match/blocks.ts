/** Which records are compared at all: those that share a key, or are neighbours when sorted. */
export interface Block<T> {
  readonly name: string
  open(records: readonly T[]): OpenBlock
}

export interface OpenBlock {
  /** Calls `visit` with records that this one is to be compared with; a pair may come from either side, or from both. */
  partners(record: number, visit: (other: number) => void): void
  /** Keys that more records share than the block takes: their pairs come from no other place than other blocks. */
  readonly tooLarge: readonly TooLarge[]
}

export interface TooLarge {
  readonly block: string
  readonly key: string
  readonly records: number
}

type Keys = string | readonly string[] | undefined

export interface KeyOptions {
  /** Records that may share a key. More are not compared by this block, and that is told. Default 500. */
  readonly most?: number | undefined
}

/** Records are compared that share a key: one, or any of several such as the words of a name. Without key: with none. */
export function sameKey<T>(name: string, keysOf: (record: T) => Keys, options: KeyOptions = {}): Block<T> {
  const most = options.most ?? 500
  return Object.freeze({
    name,
    open(records: readonly T[]): OpenBlock {
      const groups = new Map<string, number[]>()
      for (const [at, record] of records.entries())
        for (const key of listed(keysOf(record))) {
          const group = groups.get(key)
          if (group) group.push(at)
          else groups.set(key, [at])
        }
      const tooLarge: TooLarge[] = []
      const of = new Map<number, number[][]>()
      for (const [key, group] of groups) {
        if (group.length > most) tooLarge.push({ block: name, key, records: group.length })
        if (group.length > most || group.length < 2) continue
        for (const record of group) {
          const known = of.get(record)
          if (known) known.push(group)
          else of.set(record, [group])
        }
      }
      return {
        partners(record, visit) {
          for (const group of of.get(record) ?? [])
            for (const other of group) if (other !== record) visit(other)
        },
        tooLarge,
      }
    },
  })
}

export interface NeighbourOptions {
  /** How many records on each side. Default 5. */
  readonly reach?: number | undefined
}

/**
 * Sorted neighbourhood (Hernández and Stolfo 1995): each record is compared with those next to it when all are sorted.
 * Its pairs grow with the records, not with their square. Records without a text are not in the row.
 */
export function neighbours<T>(
  name: string,
  textOf: (record: T) => string | undefined,
  options: NeighbourOptions = {},
): Block<T> {
  const reach = options.reach ?? 5
  return Object.freeze({
    name,
    open(records: readonly T[]): OpenBlock {
      const texts = records.map(textOf)
      const row = [...texts.keys()].filter(at => (texts[at] ?? '') !== '')
      row.sort((a, b) => compare(texts[a] as string, texts[b] as string) || a - b)
      const places = new Int32Array(records.length).fill(-1)
      for (const [place, record] of row.entries()) places[record] = place
      return {
        partners(record, visit) {
          const place = places[record] as number
          if (place < 0) return
          const end = Math.min(row.length - 1, place + reach)
          for (let other = Math.max(0, place - reach); other <= end; other++)
            if (other !== place) visit(row[other] as number)
        },
        tooLarge: [],
      }
    },
  })
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function listed(keys: Keys): Iterable<string> {
  if (keys === undefined || keys === '') return []
  return typeof keys === 'string' ? [keys] : new Set(keys.filter(key => key !== ''))
}
