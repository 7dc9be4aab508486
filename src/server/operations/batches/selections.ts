import { createHash, randomUUID } from 'node:crypto'
import type { Landscape } from '../../../flow/landscape.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import type { Json } from '../../../message/json-value.ts'
import type { Append, Appended, StoreReader, UnfinishedEntry } from '../../../store/store.ts'
import { isRepeatable } from '../../../system/effect.ts'
import { refused } from '../deciding.ts'
import type { Classes } from '../failures/classes.ts'
import { failures } from '../failures/counting.ts'
import { messageName } from '../operations.ts'
import { replayable } from '../replayable.ts'
import { rowVersion } from '../row-version.ts'
import type { MessageRef } from '../schemas.ts'
import { stepId } from '../traced-message.ts'
import type { Selection, SelectionOrder } from './batch-schemas.ts'

export interface SelectionsOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly classes: Classes
  append(append: Append): Promise<Appended>
}

/** One message of a selection, as it was when it was frozen. */
export interface Frozen extends MessageRef {
  readonly version: string
}

/** A message that is found for a selection; the row where it is set aside. */
interface Found extends MessageRef {
  readonly key: string
  readonly row: UnfinishedEntry | undefined
}

type Summary = Omit<Selection, 'state'>

const kind = 'selection'
/** Messages of one selection; of more somebody has to say which. */
const most = 500_000
const chunk = 2_000
const sampled = 20
/** Of so many it is looked whether others have overtaken them. */
const looked = 200
const lifetime = 86_400_000

/** Codes of messages that would be set aside again for the same reason. */
const unreadable = new Set(['SOURCE-DEFECT', 'MESSAGE-CONFLICT', 'MESSAGE-STALE', 'MSG-DECODE'])

/** Freezes which messages are meant: what is done to a selection is done to these, whatever fits its filter by then. */
export class Selections {
  readonly #options: SelectionsOptions
  /** Steps that may be called twice, by `flow step`. */
  readonly #repeatable: ReadonlySet<string>

  constructor(options: SelectionsOptions) {
    this.#options = options
    const flows = options.landscape?.flows ?? []
    const steps = flows.flatMap(flow => {
      const effects = [...allSteps(flow.steps)].filter(isEffect)
      return effects
        .filter(({ channel }) => isRepeatable(channel.effect))
        .map(({ id }) => `${flow.name} ${id}`)
    })
    this.#repeatable = new Set(steps)
  }

  /** `mayFlow`: of which flows who asks may decide about messages; of others none is taken. */
  async freeze(order: SelectionOrder, by: string, mayFlow: (flow: string) => boolean): Promise<Selection> {
    const given = [order.failures, order.messages, order.ended].filter(each => each !== undefined)
    if (given.length !== 1) throw refused('Give exactly one of failures, messages and ended.', 400)
    const freezing = new Freezing(by, order.ended ? 'ended' : 'failures', this.#options)
    await this.#options.reader.snapshot(async reader => {
      for await (const found of this.#found(reader, order)) {
        if (!mayFlow(found.flow)) continue
        if (freezing.count === most) throw refused(`More than ${most} messages fit. Narrow it down.`, 400)
        await freezing.add(found, this.#isRepeatable(found), () => isOvertaken(reader, found))
      }
    })
    if (freezing.count === 0) throw refused('No message fits.', 404)
    return { ...(await freezing.end()), state: 'frozen' }
  }

  async show(id: string): Promise<Selection> {
    const summary = await this.#summary(id)
    const used = await this.#options.reader.streams.head({ kind: 'batch', key: id })
    return { ...summary, state: used ? 'used' : summary.expires < Date.now() ? 'expired' : 'frozen' }
  }

  /** Its messages behind the first `after`, at most `limit`. */
  async items(id: string, after: number, limit: number): Promise<Frozen[]> {
    const first = Math.floor(after / chunk)
    const events = await this.#options.reader.streams.events({
      kind,
      key: id,
      after: first + 1,
      limit: Math.ceil((after + limit) / chunk) - first,
    })
    const found = events
      .filter(({ type }) => type === 'items')
      .flatMap(({ data }) => data as Json as unknown as [string, number, string][])
    const from = after - first * chunk
    return found.slice(from, from + limit).map(([flow, seq, version]) => ({ flow, seq, version }))
  }

  async #summary(id: string): Promise<Summary> {
    const head = await this.#options.reader.streams.head({ kind, key: id })
    if (head?.state === 'frozen' && head.snapshot) return head.snapshot.data as unknown as Summary
    throw refused(`There is no selection ${id}.`, 404)
  }

  async *#found(
    reader: StoreReader,
    { failures: filter, messages, ended }: SelectionOrder,
  ): AsyncGenerator<Found> {
    if (messages) yield* named(reader, messages)
    else if (ended) {
      for await (const { entry } of replayable(reader, ended, undefined))
        yield { flow: entry.flow, seq: entry.seq, key: entry.key, row: undefined }
    } else if (filter) {
      const { groups, ...rest } = filter
      for await (const { flow, row, of } of failures(reader, this.#options.classes, rest))
        if (!groups || groups.includes(of.group)) yield { flow, seq: row.seq, key: row.key, row }
    }
  }

  #isRepeatable({ flow, row }: Found): boolean {
    return (row?.sent ?? []).every(path => this.#repeatable.has(`${flow} ${stepId(path)}`))
  }
}

/** Writes a selection down while it is found; what is kept in memory does not grow with it. */
class Freezing {
  readonly #id = randomUUID()
  readonly #options: SelectionsOptions
  readonly #hash = createHash('sha256')
  readonly #flows = new Map<string, number>()
  readonly #summary
  #items: [string, number, string][] = []
  #version = 0
  count = 0

  constructor(by: string, of: Selection['of'], options: SelectionsOptions) {
    this.#options = options
    const at = Date.now()
    const sample: Selection['sample'] = []
    const overtaken = { count: 0, looked: 0 }
    this.#summary = { of, by, at, sample, overtaken, doubt: 0, repeatable: 0, unreadable: 0 }
  }

  async add(found: Found, isSafe: boolean, overtaken: () => Promise<boolean>): Promise<void> {
    const { flow, seq, row } = found
    const summary = this.#summary
    if (this.count === 0) await this.#append('begun', [])
    this.count++
    this.#flows.set(flow, (this.#flows.get(flow) ?? 0) + 1)
    if (row?.status === 'doubt') summary.doubt++
    if (isSafe) summary.repeatable++
    if (unreadable.has(row?.error?.code ?? '')) summary.unreadable++
    if (summary.sample.length < sampled)
      summary.sample.push({ flow, seq, key: await this.#options.classes.shownKey(flow, found) })
    if (summary.overtaken.looked < looked) {
      summary.overtaken.looked++
      if (await overtaken()) summary.overtaken.count++
    }
    const version = row ? rowVersion(row) : ''
    this.#hash.update(`${flow}/${seq}/${version}\n`)
    this.#items.push([flow, seq, version])
    if (this.#items.length === chunk) await this.#flush()
  }

  async end(): Promise<Summary> {
    if (this.#items.length > 0) await this.#flush()
    const flows = [...this.#flows].map(([flow, count]) => ({ flow, count }))
    const { at } = this.#summary
    const made = {
      selection: this.#id,
      expires: at + lifetime,
      count: this.count,
      hash: this.#hash.digest('hex'),
      flows,
    }
    const summary: Summary = { ...this.#summary, ...made }
    await this.#append('frozen', { count: this.count }, summary)
    return summary
  }

  async #flush(): Promise<void> {
    const items = this.#items
    this.#items = []
    await this.#append('items', items)
  }

  async #append(type: string, data: Json, summary?: Summary): Promise<void> {
    await this.#options.append({
      kind,
      key: this.#id,
      version: this.#version++,
      events: [{ type, data, at: Date.now() }],
      state: summary ? 'frozen' : 'freezing',
      open: false,
      ...(summary && { snapshot: summary as unknown as Json }),
    })
  }
}

async function* named(reader: StoreReader, messages: readonly MessageRef[]): AsyncGenerator<Found> {
  const names = new Map(messages.map(each => [messageName(each), each]))
  for (const { flow, seq } of names.values()) {
    const [row] = await reader.unfinished({ flow, after: seq - 1, limit: 1 })
    if (row?.seq === seq && (row.status === 'parked' || row.status === 'doubt'))
      yield { flow, seq, key: row.key, row }
  }
}

async function isOvertaken(reader: StoreReader, { flow, key, seq }: Found): Promise<boolean> {
  const later = await reader.entries({ flow, key, after: seq, limit: 1, bytes: 1 })
  return later.length > 0
}
