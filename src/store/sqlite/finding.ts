import type { DatabaseSync } from 'node:sqlite'
import { type FindPlace, meant, newestFirst, pageOf, placeOf } from '../find-page.ts'
import type { FindQuery, Found, FoundMessage } from '../store.ts'
import type { FlowRow } from './flow-table.ts'
import { basePos, FlowTable } from './flow-table.ts'
import { JournalRows } from './journal-rows.ts'
import { keysBetween } from './key-index.ts'
import { comparable, type Directory, firstPage, type KeyEntry, type KeyPage, KeyRows } from './key-rows.ts'
import { flowSpan, hasTable } from './schema.ts'

/** Messages behind the last run that are looked at, the newest of each flow. */
const tailAtMost = 65_536
/** Pages looked at before others have their turn; the last run is looked at to its end. */
const pagesInTurn = 48

/** The keys of a flow's messages from `from` to `to`, as far as they were kept when they were read. */
interface Tail {
  readonly from: number
  to: number
  readonly entries: KeyEntry[]
}

type Candidate = FindPlace & { readonly no: number }

/** The reader's part of table `keys`. */
export class KeyFinder {
  readonly #flows: FlowTable
  readonly #journal: JournalRows
  readonly #rows: KeyRows | undefined
  /** Those of all runs, the newest first: what was written once stays as it is. */
  readonly #directories: Directory[] = []
  #lastRun = 0
  /** Read so far. */
  #pages = 0
  readonly #tails = new Map<number, Tail>()

  constructor(db: DatabaseSync) {
    this.#flows = new FlowTable(db, 'read')
    this.#journal = new JournalRows(db, 'read')
    // A store that its owner has not opened since there are runs has none.
    this.#rows = hasTable(db, 'keys') ? new KeyRows(db, 'read') : undefined
  }

  /** Gives way now and then; each part sees one moment. Messages that are removed in between are not found. */
  *find(query: FindQuery): Generator<undefined, Found> {
    const flows = new Map(this.#flows.all().map(flow => [flow.no, flow]))
    const asked = new Asked(query, flows)
    const waiting: Candidate[] = []
    const found: FoundMessage[] = []
    let unsearched = this.#tail(asked, flows, waiting)
    let turn = this.#pages
    for (const directory of this.#newestFirst(asked)) {
      this.#settle(asked, waiting, found, directory.newest, query.limit)
      if (found.length > query.limit) return pageOf(found, query.limit, unsearched)
      if (!this.#run(asked, directory, waiting)) unsearched += directory.count
      if (this.#pages - turn < pagesInTurn) continue
      yield
      turn = this.#pages
    }
    this.#settle(asked, waiting, found, -Infinity, query.limit)
    return pageOf(found, query.limit, unsearched)
  }

  /** What is behind the last run; gives how many of them were left out. */
  #tail(asked: Asked, flows: ReadonlyMap<number, FlowRow>, waiting: Candidate[]): number {
    const behind = [...flows.values()].filter(flow => flow.keyed < flow.head && asked.isOf(flow))
    const share = Math.floor(tailAtMost / Math.max(1, behind.length))
    let unsearched = 0
    for (const flow of behind) {
      const from = Math.max(flow.keyed, flow.head - share) + 1
      unsearched += from - 1 - flow.keyed
      for (const entry of this.#keysBehind(flow, from)) asked.take(entry, waiting)
    }
    return unsearched
  }

  /** Keys from `from` on; those that were read for the question before are not read again. */
  #keysBehind(flow: FlowRow, from: number): readonly KeyEntry[] {
    const known = this.#tails.get(flow.no)
    const tail = known?.from === from ? known : { from, to: from - 1, entries: [] }
    for (const entry of keysBetween(this.#journal, flow, tail.to + 1, flow.head)) tail.entries.push(entry)
    tail.to = flow.head
    this.#tails.set(flow.no, tail)
    return tail.entries
  }

  #newestFirst(asked: Asked): Directory[] {
    const before = this.#directories.length
    for (const run of this.#rows?.runs(this.#lastRun + 1) ?? []) {
      const directory = this.#rows?.directory(run)
      if (directory) this.#directories.push(directory)
      this.#lastRun = run
    }
    if (this.#directories.length > before)
      this.#directories.sort((a, b) => b.newest - a.newest || b.run - a.run)
    return this.#directories.filter(each => asked.mayHold(each))
  }

  /** False if a page of it is damaged. */
  #run(asked: Asked, directory: Directory, waiting: Candidate[]): boolean {
    const { run, fences } = directory
    let known: { readonly n: number; readonly page: KeyPage | undefined } | undefined
    for (const key of asked.beginnings) {
      for (let n = firstPage(directory, key); n < fences.length; n++) {
        const fence = fences[n] as string
        if (fence > key && !asked.fits(fence, key)) break
        if (known?.n !== n) {
          known = { n, page: this.#rows?.page(run, n) }
          this.#pages++
        }
        if (!known.page) return this.#isGone(directory)
        for (const entry of known.page.matching(asked.bytesOf(key), asked.isPrefix))
          asked.take(entry, waiting)
      }
    }
    return true
  }

  /** Was the run removed, with all its messages, since it was read? */
  #isGone(directory: Directory): boolean {
    if (this.#rows?.directory(directory.run)) return false
    this.#directories.splice(this.#directories.indexOf(directory), 1)
    return true
  }

  /** Those accepted after `since` have their place: nothing newer comes any more. */
  #settle(asked: Asked, waiting: Candidate[], found: FoundMessage[], since: number, limit: number): void {
    const ready = waiting.filter(({ at }) => at > since).sort(newestFirst)
    const rest = waiting.filter(({ at }) => at <= since)
    waiting.splice(0, waiting.length, ...rest)
    for (const candidate of ready) {
      if (found.length > limit) return
      const message = this.#message(asked, candidate)
      if (message) found.push(message)
    }
  }

  /** Undefined if it was retired, or has another key after all. */
  #message(asked: Asked, { no, seq, flow, at }: Candidate): FoundMessage | undefined {
    const row = asked.flows.get(no)
    const record = row && this.#journal.holding(row, seq)?.record(seq)
    if (!record || !asked.isMeant(record.key)) return undefined
    return { flow, seq, key: record.key, id: record.id, acceptedAt: at }
  }
}

/** A question made ready to be compared with many keys. */
class Asked {
  readonly flows: ReadonlyMap<number, FlowRow>
  readonly isMeant: (key: string) => boolean
  /** In order. */
  readonly beginnings: readonly string[]
  readonly isPrefix: boolean
  readonly #keys: ReadonlyMap<string, Buffer>
  readonly #flow: string | undefined
  readonly #after: FindPlace | undefined

  constructor(query: FindQuery, flows: ReadonlyMap<number, FlowRow>) {
    this.flows = flows
    this.isMeant = meant(query)
    this.isPrefix = 'prefix' in query
    const asked = 'prefix' in query ? [wholeCharacters(query.prefix)] : query.keys
    this.beginnings = [...new Set(asked.map(comparable))].sort()
    this.#keys = new Map(this.beginnings.map(key => [key, Buffer.from(key, 'latin1')]))
    this.#flow = query.flow
    this.#after = placeOf(query.after)
  }

  isOf({ name }: FlowRow): boolean {
    return this.#flow === undefined || this.#flow === name
  }

  mayHold({ oldest, flows }: Directory): boolean {
    if (this.#after && oldest > this.#after.at) return false
    return flows.some(([no]) => {
      const flow = this.flows.get(no)
      return flow !== undefined && this.isOf(flow)
    })
  }

  bytesOf(beginning: string): Buffer {
    return this.#keys.get(beginning) ?? Buffer.alloc(0)
  }

  fits(key: string, beginning: string): boolean {
    return this.isPrefix ? key.startsWith(beginning) : key === beginning
  }

  take({ key, pos, at }: KeyEntry, into: Candidate[]): void {
    const [prefix = ''] = this.beginnings
    if (this.isPrefix ? !key.startsWith(prefix) : !this.#keys.has(key)) return
    const flow = this.flows.get(Math.floor(pos / flowSpan))
    if (flow === undefined || !this.isOf(flow)) return
    const place = { at, flow: flow.name, seq: pos - basePos(flow), no: flow.no }
    if (!this.#after || newestFirst(place, this.#after) > 0) into.push(place)
  }
}

/** Half of a character at the end is left to the comparison with the message. */
function wholeCharacters(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1)
  return last >= 0xd800 && last < 0xdc00 ? prefix.slice(0, -1) : prefix
}
