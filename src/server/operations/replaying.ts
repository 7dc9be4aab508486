import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Decided, decide } from '../../engine/person.ts'
import { type Plan, planFlow } from '../../engine/plan.ts'
import {
  planReplay,
  planRetry,
  type ReplayDifference,
  type ReplayPlan,
  replayMessage,
  unstable,
} from '../../engine/replay.ts'
import { type ReplayLog, readReplays, replayAppend } from '../../engine/replay-log.ts'
import { publishedOtherwise } from '../../engine/replay-published.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { Log } from '../../observe/log.ts'
import { hasPersonalData, hasPersonalKey, masked } from '../../observe/personal-data.ts'
import type { Append, Appended, StoreReader, UnfinishedEntry } from '../../store/store.ts'
import { placeOf, refusalOf, refused } from './deciding.ts'
import { messageName, type Replays } from './operations.ts'
import type { Previewed, ReplayOrder, ReplayPreview, ReplayQuestion, ReplayReport } from './replay-schemas.ts'
import { lastRun, type Replayable, replayable } from './replayable.ts'

export interface ReplayingOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly log: Log
  /** Whether effects may be made to happen once more. */
  readonly allowNewEffects: boolean
  apply(flow: string, row: UnfinishedEntry, decided: Decided): Promise<void>
  append(append: Append): Promise<Appended>
}

/** Messages looked at for one call. */
const atOnce = 100

/** What is computed twice is computed at different times, so that what uses the clock shows. */
const apart = 5

interface Stand {
  /** What was asked for. */
  readonly asked: Replayable
  /** Its last run: where it has been replayed already, that of its last replay. */
  readonly found: Replayable
  readonly log: ReplayLog
}

interface Looked extends Stand {
  readonly plan: ReplayPlan | undefined
  readonly refusal: string | undefined
  readonly differences: readonly ReplayDifference[]
}

/** Lets messages that have ended run again, and says before what that would do. */
export class Replaying implements Replays {
  readonly #options: ReplayingOptions
  readonly #flows: ReadonlyMap<string, { readonly flow: Flow; readonly plan: Plan }>

  constructor(options: ReplayingOptions) {
    this.#options = options
    const flows = options.landscape?.flows ?? []
    this.#flows = new Map(flows.map(flow => [flow.name, { flow, plan: planFlow(flow) }]))
  }

  async preview(question: ReplayQuestion): Promise<ReplayPreview> {
    const { looked, next } = await this.#look(question)
    const messages = await Promise.all(looked.map(each => this.#shown(each, question.showPii === true)))
    return { messages, next }
  }

  async run(order: ReplayOrder): Promise<ReplayReport> {
    if (order.effects === 'new') this.#mayBeNew(order)
    const { looked, next } = await this.#look(order)
    const report = { done: [] as ReplayReport['done'], refused: [] as ReplayReport['refused'], next }
    for (const each of looked) {
      const { flow, seq } = each.found.entry
      try {
        report.done.push({ flow, seq, id: await this.#again(each, order) })
      } catch (error) {
        report.refused.push({ flow, seq, reason: refusalOf(error) })
      }
    }
    return report
  }

  #mayBeNew({ why }: ReplayOrder): void {
    if (!this.#options.allowNewEffects)
      throw refused(
        'New effects are not allowed here. Set ISTHMUS_ALLOW_NEW_EFFECTS=1 for the instance to allow them.',
        403,
      )
    if (why === undefined) throw refused('New effects need a reason.', 400)
  }

  async #look(
    question: Omit<ReplayQuestion, 'showPii'>,
  ): Promise<{ looked: Looked[]; next: string | undefined }> {
    const { filter, effects, after, limit = atOnce } = question
    const found: Replayable[] = []
    for await (const each of replayable(this.#options.reader, filter, placeOf(after))) {
      found.push(each)
      if (found.length === limit) break
    }
    const stands = await Promise.all(found.map(asked => this.#standOf(asked)))
    const first = await Promise.all(stands.map(each => this.#plan(each.found, effects)))
    await delay(apart)
    const second = await Promise.all(stands.map(each => this.#plan(each.found, effects)))
    const looked = stands.map((each, n) => this.#judged(each, first[n], second[n], effects))
    const last = found.length === limit ? found.at(-1)?.entry : undefined
    return { looked: await Promise.all(looked), next: last && messageName(last) }
  }

  async #standOf(asked: Replayable): Promise<Stand> {
    const log = await readReplays(this.#options.reader, asked.entry)
    return { asked, log, found: (await lastRun(this.#options.reader, asked, log.latest)) ?? asked }
  }

  async #judged(
    stand: Stand,
    plan: ReplayPlan | undefined,
    again: ReplayPlan | undefined,
    effects: ReplayQuestion['effects'],
  ): Promise<Looked> {
    const refusal = this.#refusal(stand, effects)
    if (!plan || !again) return { ...stand, plan, refusal, differences: [] }
    const published = effects === 'kept' ? await publishedOtherwise(this.#options.reader, plan.effects) : []
    return {
      ...stand,
      plan,
      refusal,
      differences: [...plan.differences, ...unstable(plan, again), ...published],
    }
  }

  async #plan(
    { entry, settled, row }: Replayable,
    effects: ReplayQuestion['effects'],
  ): Promise<ReplayPlan | undefined> {
    const known = this.#flows.get(entry.flow)
    const { landscape } = this.#options
    if (!known || !landscape) return undefined
    if (settled) return planReplay(known.plan, landscape.name, entry, settled, effects)
    return row && planRetry(known.plan, landscape.name, entry, row)
  }

  #refusal({ asked, found }: Stand, effects: ReplayQuestion['effects']): string | undefined {
    const { entry, settled, row } = found
    if (asked !== found && !settled && row?.status !== 'parked')
      return `its replay ${messageName(entry)} has not ended`
    if (!this.#flows.has(entry.flow)) return `the landscape has no flow ${entry.flow}`
    if (settled)
      return entry.head.defect && !settled.edited
        ? `it could not run the first time (${entry.head.defect.code})`
        : undefined
    if (row?.status === 'doubt') return 'it is in doubt: confirm, retry or discard it'
    if (row?.status !== 'parked') return 'it has not ended'
    return effects === 'new' ? 'it is parked, and has not ended: retry or edit it' : undefined
  }

  /** Gives the id of the message that runs now. */
  async #again(
    { asked, found, log, plan, refusal, differences }: Looked,
    order: ReplayOrder,
  ): Promise<string> {
    const { entry } = asked
    if (order.order !== undefined && order.order === log.order && log.id !== undefined) return log.id
    if (refusal !== undefined || !plan) throw refused(`${messageName(entry)} cannot run again: ${refusal}.`)
    if (differences.length > 0 && !order.acceptChanges) throw refused(differing(differences))
    const { by, why } = order
    const { row } = found
    if (row) {
      await this.#options.apply(entry.flow, row, decide(row, { do: 'retry', why }, by, Date.now()))
      this.#told(found.entry, order, found.entry.id)
      return found.entry.id
    }
    const message = replayMessage(plan, order, { now: Date.now(), random: randomBytes(10) })
    const { status } = await this.#options.append(replayAppend(entry, log, message, order))
    if (status === 'conflict') throw refused(`${messageName(entry)} has been replayed in the meantime.`)
    this.#told(entry, order, message.id)
    return message.id
  }

  #told(
    { flow, seq }: Replayable['entry'],
    order: Pick<ReplayOrder, 'by' | 'why' | 'effects'>,
    id: string,
  ): void {
    const { by, why, effects } = order
    const keys = effects === 'new' ? ' with new effects' : ''
    const text = `${messageName({ flow, seq })}: replay${keys} by ${by}${why ? `: ${why}` : ''}`
    const fields = { flow, seq, do: 'replay', effects, by, why, id }
    this.#options.log({ level: 'info', event: 'decided', text, fields })
  }

  async #shown({ asked, plan, refusal, differences }: Looked, showPii: boolean): Promise<Previewed> {
    const { entry, settled, row } = asked
    const { flow, seq, id, key, acceptedAt } = entry
    const known = this.#flows.get(flow)?.flow
    const discreet = !showPii && (!known || hasPersonalData(known))
    const bare = ({ at, was, now }: ReplayDifference) =>
      discreet && at !== 'end'
        ? { at }
        : { at, ...(was !== undefined && { was }), ...(now !== undefined && { now }) }
    return {
      flow,
      seq,
      id,
      key: discreet && key !== id && (!known || hasPersonalKey(known)) ? masked : key,
      acceptedAt,
      state: settled?.outcome ?? row?.status ?? 'waiting',
      refused: refusal,
      effects: (plan?.effects ?? []).map(({ request, ...effect }) =>
        discreet ? effect : { ...effect, request },
      ),
      end: plan === undefined ? 'unknown' : discreet ? (plan.end.split(': ')[0] as string) : plan.end,
      differences: differences.map(bare),
      overtaken: await this.#isOvertaken(asked),
      masked: discreet,
    }
  }

  async #isOvertaken({ entry: { flow, key, seq } }: Replayable): Promise<boolean> {
    const later = await this.#options.reader.entries({ flow, key, after: seq, limit: 1, bytes: 1 })
    return later.length > 0
  }
}

function differing(differences: readonly ReplayDifference[]): string {
  const places = differences.slice(0, 5).map(({ at }) => at)
  return (
    `It does not come out as it did (${places.join(', ')}). Look at the preview; if the flow was changed on purpose, ` +
    'accept the changes.'
  )
}
