import { isDeepStrictEqual } from 'node:util'
import { IsthmusError } from '../../errors.ts'
import type { Reading, RowSource } from '../../flow/pipeline/extraction.ts'
import { channelId } from '../../system/channel.ts'
import type { Outgoing, Requester } from '../../system/roles.ts'
import type { Governor } from '../governance/governor.ts'
import { backoff, type Host, sleep } from '../host.ts'
import { laterText } from './mark.ts'

/** A part of what a task reads, with the mark behind it. */
export interface RowsRead {
  readonly rows: readonly unknown[]
  readonly mark?: string | undefined
}

/** How a system is asked. */
export interface Asking {
  readonly host: Host
  readonly governor: Governor
  role(): Requester
  readonly signal: AbortSignal
}

export interface QueryOptions extends Asking {
  readonly query: Extract<RowSource, { kind: 'query' }>
  readonly reading: Reading
  /** The beginning of effect keys, unlike that of every other task. */
  readonly name: string
}

/** How often one page is asked for when the system does not answer. Beyond that the whole task is tried again. */
const triesOfPage = 3

/** The rows of a query, page by page; of several requests at a time as `parallel` says. */
export async function* rowsOfQuery(options: QueryOptions): AsyncGenerator<RowsRead> {
  const { query, reading } = options
  const asked = query.reading.request(reading)
  const requests = Array.isArray(asked) ? asked : [asked]
  const lanes = requests.map((request, at) => pages(options, request, at))
  for await (const answer of inTurn(lanes, query.reading.parallel ?? 1)) {
    const rows = query.reading.rows(answer)
    yield { rows, mark: highest(rows, query.reading.mark) }
  }
}

function highest(rows: readonly unknown[], mark: ((row: unknown) => string) | undefined): string | undefined {
  if (!mark) return undefined
  return rows
    .map(row => markOf(row, mark))
    .reduce<string | undefined>((most, each) => laterText(most, each), undefined)
}

/** A row that has none, or is none, is for its steps to judge. */
function markOf(row: unknown, mark: (row: unknown) => string): string | undefined {
  try {
    const told: unknown = mark(row)
    return typeof told === 'string' || typeof told === 'number' ? String(told) : undefined
  } catch {
    return undefined
  }
}

async function* pages(options: QueryOptions, first: unknown, lane: number): AsyncGenerator<unknown> {
  const { next } = options.query.reading
  for (let request = first, page = 1; request !== undefined; page++) {
    const answer = await ask(options, request, `${options.name}/${lane}/${page}`)
    yield answer
    const another = next?.(answer, request)
    if (isDeepStrictEqual(another, request))
      throw new IsthmusError(
        'TARGET-CONTRACT',
        `${channelId(options.query.channel)}: behind page ${page} comes the same page, again and again.`,
      )
    request = another
  }
}

/** Asks what only reads, a few times where the system does not answer. */
export async function ask(asking: Asking, request: unknown, name: string): Promise<unknown> {
  const { host, signal } = asking
  for (let attempt = 1; ; attempt++) {
    const item: Outgoing = { data: request, effectKey: name, key: name, messageId: name, attempt }
    try {
      return await askOnce(asking, item)
    } catch (error) {
      const passes = !(error instanceof IsthmusError) || error.fate === 'retry' || error.fate === 'doubt'
      if (!passes || attempt === triesOfPage || signal.aborted) throw error
      const told = error instanceof IsthmusError ? error.retryAfter : undefined
      await sleep(host, Math.max(told ?? 0, backoff(host, attempt, 500, 10_000)), signal)
    }
  }
}

async function askOnce(asking: Asking, item: Outgoing): Promise<unknown> {
  const { governor, host, signal } = asking
  const done = await governor.turn(signal)
  const late = new AbortController()
  const cancel = host.after(governor.deadline, () => late.abort())
  try {
    const [answer] = await asking.role().ask([item], AbortSignal.any([signal, late.signal]))
    if (!answer?.ok) throw answer?.error ?? new Error('the connector gave no answer')
    done()
    return answer.result
  } catch (error) {
    done(error)
    throw error
  } finally {
    cancel()
  }
}

/** What several generators give, at most `atOnce` of them working at a time; of each in its order. */
async function* inTurn<T>(lanes: readonly AsyncGenerator<T>[], atOnce: number): AsyncGenerator<T> {
  const waiting = [...lanes]
  const working = new Map<
    AsyncGenerator<T>,
    Promise<{ lane: AsyncGenerator<T>; result: IteratorResult<T> }>
  >()
  const step = (lane: AsyncGenerator<T>) =>
    working.set(
      lane,
      lane.next().then(result => ({ lane, result })),
    )
  try {
    for (const lane of waiting.splice(0, Math.max(1, atOnce))) step(lane)
    while (working.size > 0) {
      const { lane, result } = await Promise.race(working.values())
      working.delete(lane)
      if (result.done) {
        const [another] = waiting.splice(0, 1)
        if (another) step(another)
        continue
      }
      yield result.value
      step(lane)
    }
  } finally {
    await Promise.allSettled([...working.values()])
    await Promise.allSettled(lanes.map(lane => lane.return(undefined)))
  }
}
