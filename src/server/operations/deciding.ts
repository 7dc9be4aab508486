import { type Edit, prepareEdit } from '../../engine/edit.ts'
import { type Decided, type Decision, decide } from '../../engine/person.ts'
import { planFlow } from '../../engine/plan.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { Json } from '../../message/json-value.ts'
import type { Log } from '../../observe/log.ts'
import type { StoreReader, UnfinishedEntry } from '../../store/store.ts'
import { type Decisions, messageName, parseMessageName } from './operations.ts'
import { rowVersion } from './row-version.ts'
import type { BulkDecision, DecisionReport, MessageRef, SingleDecision } from './schemas.ts'
import { setAside } from './set-aside.ts'

interface DecidingOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly log: Log
  /** Makes a decision durable, and lets the message go its way. */
  apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void>
}

/** Messages looked at for one call. */
const atOnce = 1000

/**
 * Carries out what people decide. One call at a time: a row is read and decided upon with nobody in between, so that a
 * message on which two decide is decided once.
 */
export class Deciding implements Decisions {
  readonly #options: DecidingOptions
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: DecidingOptions) {
    this.#options = options
  }

  one(message: MessageRef, order: SingleDecision): Promise<void> {
    return this.#alone(async () => {
      const { flow, seq } = message
      const [row] = await this.#options.reader.unfinished({ flow, after: seq - 1, limit: 1 })
      if (row?.seq !== seq) throw await this.#notSetAside(message)
      if (order.version !== undefined && order.version !== rowVersion(row)) throw changed(message, row)
      await this.#decide(flow, row, order)
    })
  }

  many({ decision, filter, dryRun, after, limit = atOnce }: BulkDecision): Promise<DecisionReport> {
    return this.#alone(async () => {
      const wanted = { ...filter, status: filter.status ?? (decision.do === 'confirm' ? 'doubt' : 'parked') }
      const refused: { flow: string; seq: number; reason: string }[] = []
      const under: Promise<unknown>[] = []
      let next: string | undefined
      for await (const { flow, row } of setAside(this.#options.reader, wanted, placeOf(after))) {
        const { seq } = row
        const refuse = (error: unknown) => refused.push({ flow, seq, reason: refusalOf(error) })
        under.push(dryRun ? Promise.resolve() : this.#decide(flow, row, decision).catch(refuse))
        if (under.length < limit) continue
        next = messageName({ flow, seq })
        break
      }
      await Promise.all(under)
      return { done: under.length - refused.length, refused, next }
    })
  }

  async #decide(flow: string, row: UnfinishedEntry, order: SingleDecision): Promise<void> {
    const { do: what, by, why } = order
    await this.#options.apply(flow, row, decide(row, await this.#decision(flow, row, order), by, Date.now()))
    const text = `${messageName({ flow, seq: row.seq })}: ${what} by ${by}${why ? `: ${why}` : ''}`
    this.#options.log({
      level: 'info',
      event: 'decided',
      text,
      fields: { flow, seq: row.seq, do: what, by, why },
    })
  }

  async #decision(flow: string, row: UnfinishedEntry, order: SingleDecision): Promise<Decision> {
    const { do: what, why, data } = order
    if ((what === 'edit') !== (data !== undefined))
      throw refused('An edit, and nothing else, needs data.', 400)
    if (what === 'edit') return { do: what, edit: await this.#edit(flow, row, data), why }
    if (what !== 'discard') return { do: what, why }
    if (why === undefined) throw refused('A message that is discarded needs a reason.', 400)
    return { do: what, why }
  }

  /** Data that would only be parked again are refused while their author is there. */
  async #edit(name: string, row: UnfinishedEntry, data: unknown): Promise<Edit> {
    const flow = this.#options.landscape?.flows.find(each => each.name === name)
    if (!flow) throw refused(`The landscape has no flow ${name}, so the data cannot be checked.`)
    const { model } = flow.source
    const fit = model.validate(data)
    if (!fit.ok) {
      const problems = fit.problems
        .slice(0, 10)
        .map(({ path, problem }) => `${path || 'the record'} ${problem}`)
      throw refused(`The data are not a ${model.name}: ${problems.join('; ')}.`)
    }
    const [entry] = await this.#options.reader.entries({ flow: name, seqs: [row.seq], limit: 1 })
    if (!entry) throw await this.#notSetAside({ flow: name, seq: row.seq })
    return prepareEdit(planFlow(flow), entry, row, data as Json)
  }

  async #notSetAside(message: MessageRef): Promise<IsthmusError> {
    const { flow, seq } = message
    const [entry] = await this.#options.reader.entries({ flow, seqs: [seq], limit: 1 })
    if (!entry) return refused(`There is no message ${messageName(message)}.`, 404)
    const [settled] = await this.#options.reader.settled({ flow, from: seq, to: seq })
    const state = settled ? `it was ${settled.outcome}` : 'it is still on its way'
    return refused(`Message ${messageName(message)} is not set aside: ${state}.`)
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }
}

/** Somebody was quicker. */
function changed(message: MessageRef, row: UnfinishedEntry): IsthmusError {
  const { do: what, by } = row.decisions?.at(-1) ?? {}
  const who = by === undefined ? '' : ` The last who decided about it was ${by} (${what}).`
  return refused(`Message ${messageName(message)} has changed since it was looked at.${who}`, 409, {
    changed: { by, do: what },
  })
}

/** `status` is that of an HTTP answer, `more` what a program needs to tell it in words of its own. */
export function refused(
  reason: string,
  status = 409,
  more?: Readonly<Record<string, unknown>>,
): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', reason, { detail: { status, ...(more && { more }) } })
}

/** The place that a caller gave as `after`. */
export function placeOf(after: string | undefined): MessageRef | undefined {
  if (after === undefined) return undefined
  const place = parseMessageName(after)
  if (!place) throw refused(`"${after}" is not a place in a list: give the "next" of the page before.`, 400)
  return place
}

/** The reason, where it was refused; what failed otherwise is thrown on. */
export function refusalOf(error: unknown): string {
  if (error instanceof IsthmusError && error.code === 'CONTROL-REFUSED') return reasonOf(error)
  throw error
}
