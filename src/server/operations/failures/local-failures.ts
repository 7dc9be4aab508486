import type { Landscape } from '../../../flow/landscape.ts'
import type { Append, Appended, StoreReader } from '../../../store/store.ts'
import { refused } from '../deciding.ts'
import type { FailureOperations } from '../operations.ts'
import type { Classes } from './classes.ts'
import { type Counted, countFailures } from './counting.ts'
import type {
  FailureFilter,
  FailureGroup,
  FailureQuery,
  FailureReport,
  GroupNote,
  NotedGroup,
} from './failure-schemas.ts'

export interface LocalFailuresOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly classes: Classes
  append(append: Append): Promise<Appended>
  /** Why a system is not called now. */
  down(system: string): string | undefined
}

const listed = 200
const kind = 'failure'
/** Counting takes at most this share of the time: what is asked in between gets the last count, with its age. */
const share = 0.05
/** Counts of times that were asked for. */
const remembered = 8

interface Count {
  readonly at: number
  readonly ms: number
  readonly groups: readonly Counted[]
}

export class LocalFailures implements FailureOperations {
  readonly #options: LocalFailuresOptions
  /** Of all failures, and of those of a time that was asked for. */
  readonly #counts = new Map<string, Promise<Count>>()

  constructor(options: LocalFailuresOptions) {
    this.#options = options
  }

  async report(query: FailureQuery, mayFlow: (flow: string) => boolean = () => true): Promise<FailureReport> {
    const { by = 'cause', from, to, ...wanted } = query
    const { at, groups } = await this.#counted(from, to)
    const names = Object.entries(wanted).filter(([, value]) => value !== undefined)
    const seen = groups.filter(({ of }) => mayFlow(of.flow))
    const found = seen.filter(({ of }) => names.every(([name, value]) => of[name as 'flow'] === value))
    const total = sum(found)
    const oldest = total === 0 ? undefined : Math.min(...found.map(({ first }) => first))
    if (by === 'flow') return { asOf: at, total, oldest, groups: [], flows: byFlow(found) }
    const shown = await Promise.all(found.slice(0, listed).map(group => this.#shown(group)))
    const more = found.length > listed ? found.length - listed : undefined
    return { asOf: at, total, oldest, groups: shown, more, flows: [] }
  }

  async note(group: string, { owner, note }: GroupNote, by: string): Promise<NotedGroup> {
    const head = await this.#options.reader.streams.head({ kind, key: group })
    const before = (head?.snapshot?.data ?? {}) as NotedGroup
    const at = Date.now()
    const said = { owner: owner ?? before.owner, note: note ?? before.note }
    const kept = Object.fromEntries(Object.entries(said).filter(([, text]) => text))
    const noted = { ...kept, by, at }
    const open = Object.keys(kept).length > 0
    const { status } = await this.#options.append({
      kind,
      key: group,
      version: head?.version ?? 0,
      events: [{ type: 'noted', data: noted, at }],
      state: open ? 'noted' : 'cleared',
      open,
      snapshot: noted,
    })
    if (status === 'appended') return noted
    throw refused('Somebody else has written about this group in the meantime. Look at it again.')
  }

  async #counted(from: number | undefined, to: number | undefined): Promise<Count> {
    const name = `${from}-${to}`
    const known = this.#counts.get(name)
    const last = await known
    const current = this.#counts.get(name)
    // Who asks while it is counted waits for the same count.
    const isOld = !last || performance.now() - last.at >= last.ms / share
    const count = current !== known ? current : isOld ? this.#begin(name, { from, to }) : known
    const { at, ...rest } = (await count) as Count
    return { ...rest, at: wall(at) }
  }

  #begin(name: string, filter: FailureFilter): Promise<Count> {
    const counting = this.#count(filter)
    this.#counts.delete(name)
    if (this.#counts.size >= remembered) this.#counts.delete(this.#counts.keys().next().value as string)
    this.#counts.set(name, counting)
    counting.catch(() => this.#counts.delete(name))
    return counting
  }

  async #count(filter: FailureFilter): Promise<Count> {
    const { reader, classes } = this.#options
    classes.makeRoom()
    const began = performance.now()
    const groups = await countFailures(reader, classes, filter)
    return { at: began, ms: performance.now() - began, groups }
  }

  async #shown({ of, count, first, last, samples }: Counted): Promise<FailureGroup> {
    const { classes, reader, down } = this.#options
    const keys = samples.map(async ({ flow, row }) => {
      return { flow, seq: row.seq, key: await classes.shownKey(flow, row) }
    })
    const head = await reader.streams.head({ kind, key: of.group })
    const { owner, note, by, at } = (head?.snapshot?.data ?? {}) as NotedGroup
    const systemDown = of.system === undefined ? undefined : down(of.system)
    const noted = { owner, note, notedBy: by, notedAt: at }
    return { ...of, systemDown, count, first, last, samples: await Promise.all(keys), ...noted }
  }
}

/** The time of day of a moment of the process' own clock. */
function wall(at: number): number {
  return Math.round(Date.now() - (performance.now() - at))
}

function sum(groups: readonly Counted[]): number {
  return groups.reduce((total, { count }) => total + count, 0)
}

function byFlow(groups: readonly Counted[]): FailureReport['flows'] {
  const names = [...new Set(groups.map(({ of }) => of.flow))]
  const flows = names.map(flow => {
    const own = groups.filter(({ of }) => of.flow === flow)
    return {
      flow,
      count: sum(own),
      parked: sum(own.filter(({ of }) => of.state === 'parked')),
      doubt: sum(own.filter(({ of }) => of.state === 'doubt')),
      groups: own.length,
      first: Math.min(...own.map(({ first }) => first)),
      last: Math.max(...own.map(({ last }) => last)),
    }
  })
  return flows.sort((a, b) => b.count - a.count)
}
