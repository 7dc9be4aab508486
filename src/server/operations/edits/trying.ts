import { type Edit, prepareEdit } from '../../../engine/edit.ts'
import { type Plan, planFlow } from '../../../engine/plan.ts'
import { planRetry, type ReplayEffect, type ReplayPlan } from '../../../engine/replay.ts'
import { hopsOf } from '../../../engine/trace.ts'
import { reasonOf } from '../../../errors.ts'
import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import type { Json } from '../../../message/json-value.ts'
import { flowShapes } from '../../../observe/data-shape.ts'
import { channelShape } from '../../../observe/inherited.ts'
import { hasPersonalData, Mask } from '../../../observe/personal-data.ts'
import type { Entry, StoreReader, Unfinished, UnfinishedEntry } from '../../../store/store.ts'
import { refused } from '../deciding.ts'
import { type EditOperations, messageName } from '../operations.ts'
import { rowVersion } from '../row-version.ts'
import type { MessageRef } from '../schemas.ts'
import { stepId, tracedMessage } from '../traced-message.ts'
import type { EditQuestion, TriedEdit } from './edit-schemas.ts'

export interface TryingOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
}

interface Stand {
  readonly flow: Flow
  readonly plan: Plan
  readonly landscape: string
  readonly entry: Entry
  readonly row: UnfinishedEntry
}

/** Tries an edit without doing it: what it would come to is computed from what is recorded; no system is called. */
export class Trying implements EditOperations {
  readonly #options: TryingOptions

  constructor(options: TryingOptions) {
    this.#options = options
  }

  async try(message: MessageRef, { data, version, showPii = false }: EditQuestion): Promise<TriedEdit> {
    const stand = await this.#standOf(message)
    const { flow, row } = stand
    const now = rowVersion(row)
    const answer = {
      version: now,
      stale: version !== undefined && version !== now,
      before: await shownHops(stand, row, showPii),
      masked: !showPii && hasPersonalData(flow),
    }
    const fit = flow.source.model.validate(data)
    const nothing = { hops: [], effects: [] }
    if (!fit.ok) {
      const problems = fit.problems.slice(0, 100).map(({ path, problem }) => ({ path, problem }))
      return { ...answer, ...nothing, problems }
    }
    const prepared = await prepareEdit(stand.plan, stand.entry, row, data as Json).catch((error: unknown) =>
      reasonOf(error),
    )
    if (typeof prepared === 'string') return { ...answer, ...nothing, problems: [], refused: prepared }
    return { ...answer, problems: [], ...(await this.#course(stand, prepared, showPii)) }
  }

  async #course(
    stand: Stand,
    edit: Edit,
    showPii: boolean,
  ): Promise<Pick<TriedEdit, 'hops' | 'effects' | 'end'>> {
    const { plan, landscape, entry, row } = stand
    const edited = { data: edit.data, renewed: edit.renewed, by: '', at: 0 }
    const after = { ...row, results: edit.results, edited, sent: undefined, error: undefined }
    const [was, will] = await Promise.all([row, after].map(each => planRetry(plan, landscape, entry, each)))
    const discreet = !showPii && hasPersonalData(stand.flow)
    return {
      hops: await shownHops(stand, after, showPii),
      effects: effectsOf(stand.flow, was as ReplayPlan, will as ReplayPlan, discreet),
      end: discreet ? will?.end.split(': ')[0] : will?.end,
    }
  }

  async #standOf(message: MessageRef): Promise<Stand> {
    const { reader, landscape } = this.#options
    const flow = landscape?.flows.find(({ name }) => name === message.flow)
    if (!landscape || !flow) throw refused(`The landscape has no flow ${message.flow}.`, 404)
    const { seq } = message
    const [entry] = await reader.entries({ flow: flow.name, seqs: [seq], limit: 1 })
    if (!entry) throw refused(`There is no message ${messageName(message)}.`, 404)
    const [row] = await reader.unfinished({ flow: flow.name, after: seq - 1, limit: 1 })
    if (row?.seq !== seq || (row.status !== 'parked' && row.status !== 'doubt'))
      throw refused(
        `Message ${messageName(message)} is not set aside: somebody has decided about it, or it runs.`,
      )
    return { flow, plan: planFlow(flow), landscape: landscape.name, entry, row }
  }
}

async function shownHops(stand: Stand, row: Unfinished, showPii: boolean): Promise<TriedEdit['hops']> {
  const { flow, plan, landscape, entry } = stand
  const hops = await hopsOf(plan, landscape, entry, undefined, row)
  return tracedMessage({ entry, settled: undefined, unfinished: row, hops }, flow, showPii).hops
}

function effectsOf(flow: Flow, was: ReplayPlan, will: ReplayPlan, discreet: boolean): TriedEdit['effects'] {
  const before = new Map(was.effects.map(effect => [effect.path, effect]))
  const after = new Map(will.effects.map(effect => [effect.path, effect]))
  const shapes = flowShapes(flow)
  const personal = (path: string) =>
    shapes.get(stepId(path))?.request?.personal ?? channelShape(flow.source).personal
  const mask = new Mask()
  for (const { path, request } of [...was.effects, ...will.effects]) mask.learn(request, personal(path))
  const shown = ({ path, request }: ReplayEffect) => (discreet ? mask.data(request, personal(path)) : request)
  return [...new Set([...before.keys(), ...after.keys()])].map(path => {
    const [old, next] = [before.get(path), after.get(path)]
    const { channel } = (next ?? old) as ReplayEffect
    return {
      path,
      channel,
      change: changeOf(old, next),
      key:
        next?.act === 'known'
          ? 'done'
          : old !== undefined && next?.effectKey !== old.effectKey
            ? 'new'
            : 'kept',
      before: old && shown(old),
      request: next && shown(next),
    }
  })
}

function changeOf(
  old: ReplayEffect | undefined,
  next: ReplayEffect | undefined,
): TriedEdit['effects'][number]['change'] {
  if (!old) return 'added'
  if (!next) return 'dropped'
  return JSON.stringify(old.request) === JSON.stringify(next.request) ? 'same' : 'changed'
}
