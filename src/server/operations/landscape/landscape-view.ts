import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { allSteps, isEffect } from '../../../flow/step.ts'
import type { Change, Changes } from '../../../observe/changes.ts'
import type { LastTroubles, Trouble } from '../../../observe/last-troubles.ts'
import { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { coarse, fine, type Recent, type Series } from '../../../observe/series.ts'
import type { Append, Appended, FlowState, StoreReader } from '../../../store/store.ts'
import { channelId } from '../../../system/channel.ts'
import type { LiveFlow } from '../flow-status.ts'
import { type FlowStand, flowStand, Since } from './conditions.ts'
import { flowText } from './flow-text.ts'
import { placed } from './layout.ts'
import { type Bridge, type Island, islandOf, mapOf } from './map.ts'
import { type FlowPause, lastingPauses, notePause } from './pauses.ts'
import { type Known, type KnownVersion, knownOf, noteStart } from './registry.ts'
import type { Condition, LandscapeState, SeriesAnswer } from './schemas.ts'

/** What is seen of the running instance. */
export interface LandscapeSight {
  readonly landscape: Landscape
  readonly reader: StoreReader
  readonly series: Series
  readonly changes: Changes
  readonly troubles: LastTroubles
  readonly startedAt: number
  isRunning(): boolean
  flow(name: string): LiveFlow | undefined
  calls(system: string): { readonly reason: string | undefined; readonly waiting: number }
  append(append: Append): Promise<Appended>
  /** Lets a flow begin nothing, or go on. */
  halt(flow: string, halted: boolean): void
}

/** Which flows and systems who asks may see. */
export type Sees = (object: { readonly flow?: string; readonly system?: string }) => boolean

const noPace: Recent = { perSecond: 0, errors: 0 }

/** What is asked of the landscape while it runs: how it stands, what changed, and what is paused. */
export class LandscapeView {
  readonly sight: LandscapeSight
  readonly files = new SourceFiles()
  readonly #map: ReturnType<typeof mapOf>
  readonly #since = new Since()
  readonly #pauses = new Map<string, FlowPause>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #known: Known | undefined

  constructor(sight: LandscapeSight) {
    this.sight = sight
    this.#map = mapOf(sight.landscape)
  }

  /** Reads what lasts from before; gives the flows that are paused. To be called before the engine starts. */
  async recover(now: number): Promise<ReadonlySet<string>> {
    const { reader, landscape, changes } = this.sight
    for (const [flow, pause] of await lastingPauses(reader, now)) this.#pausedBy(flow, pause)
    const known = await knownOf(reader, landscape.name)
    for (const at of known.starts.toReversed()) changes.note({ at, kind: 'started' })
    for (const [flow, versions] of Object.entries(known.flows))
      for (const { version, since } of versions.toReversed())
        if (version > 1) changes.note({ at: since, kind: 'version', flow, version })
    return new Set(this.#pauses.keys())
  }

  /** Learns of what other members of the store have paused, and let go on. */
  async refresh(now: number): Promise<void> {
    const lasting = new Map(await lastingPauses(this.sight.reader, now))
    for (const flow of this.#pauses.keys()) if (!lasting.has(flow)) this.#goesOn(flow)
    for (const [flow, pause] of lasting) {
      if (this.#pauses.get(flow)?.at === pause.at) continue
      this.#pausedBy(flow, pause)
      this.sight.halt(flow, true)
    }
  }

  /** Notes that the instance has started. To be called once the engine runs. */
  async started(now: number): Promise<void> {
    const { landscape, reader, changes, append } = this.sight
    const before = await knownOf(reader, landscape.name)
    this.#known = await noteStart(landscape, reader, append, {
      now,
      textOf: flow => flowText(flow, this.files),
      layout: places => this.#layout(places),
    })
    changes.note({ at: now, kind: 'started' })
    for (const [flow, [version]] of Object.entries(this.#known.flows))
      if (version && version.since === now && before.flows[flow] !== undefined)
        changes.note({ at: now, kind: 'version', flow, version: version.version })
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer)
  }

  versionsOf(flow: string): readonly KnownVersion[] {
    return this.#known?.flows[flow] ?? []
  }

  pauseOf(flow: string): FlowPause | undefined {
    return this.#pauses.get(flow)
  }

  async pause(flow: string, pause: FlowPause): Promise<void> {
    const { reader, append, halt, changes } = this.sight
    await notePause(flow, { ...pause, pause }, reader, append)
    halt(flow, true)
    this.#pausedBy(flow, pause)
    changes.note({ kind: 'paused', flow, by: pause.by, why: pause.why, at: pause.at })
  }

  async resume(flow: string, order: { by: string; why?: string | undefined; at: number }): Promise<void> {
    const { reader, append, changes } = this.sight
    await notePause(flow, order, reader, append)
    this.#goesOn(flow)
    changes.note({ kind: 'resumed', flow, by: order.by, why: order.why, at: order.at })
  }

  /** How islands and bridges stand now. */
  async state(sees: Sees, now = Date.now()): Promise<LandscapeState> {
    const { landscape, isRunning } = this.sight
    const stands = await this.stands(now)
    const bridges = this.#map.bridges
      .filter(({ flow }) => flow === undefined || sees({ flow }))
      .map(bridge => this.#bridge(bridge, stands, now))
    const touched = new Set(bridges.flatMap(({ from, to }) => [from, to]))
    const places = this.#known?.places ?? this.#layout({})
    const islands = this.#map.islands
      .filter(({ island, own, system }) => touched.has(island) || (!own && sees({ system })))
      .map(island => this.#island(island, bridges, places, now))
    const count = (state: Condition) => bridges.filter(each => each.state === state).length
    const [version] = this.#known?.versions ?? []
    const flows = landscape.flows.filter(({ name: flow }) => sees({ flow }))
    const rate = flows.reduce((sum, { name }) => sum + this.pace(`flow ${name}`).perSecond, 0)
    return {
      landscape: landscape.name,
      at: now,
      version: version && { number: version.version, hash: version.hash, since: version.since },
      counts: {
        ok: count('ok'),
        degraded: count('degraded'),
        down: count('down'),
        paused: count('paused'),
        noSignal: count('no signal'),
      },
      perSecond: Math.round(rate * 10) / 10,
      islands: isRunning() ? islands : islands.map(each => ({ ...each, state: 'no signal' as const })),
      bridges,
    }
  }

  /** How each flow stands. */
  async stands(now: number): Promise<ReadonlyMap<string, FlowStand>> {
    const { landscape, reader } = this.sight
    const stored = new Map((await reader.flows()).map(state => [state.flow, state]))
    return new Map(landscape.flows.map(({ name }) => [name, this.#stand(name, stored.get(name), now)]))
  }

  series(
    name: string,
    range: '15m' | '24h' = '15m',
    about: { flow?: string; system?: string },
  ): SeriesAnswer {
    const { series, changes, startedAt } = this.sight
    const { step, length } = range === '15m' ? fine : coarse
    const from = Date.now() - step * length
    return {
      step,
      since: Math.max(startedAt, from),
      points: [...series.points(name, range === '15m' ? 'fine' : 'coarse')],
      changes: changes.since(from, about),
    }
  }

  pace(name: string): Recent {
    return this.sight.isRunning() ? this.sight.series.recent(name) : noPace
  }

  since(name: string, state: Condition, now: number): number {
    return this.#since.of(name, state, now)
  }

  /** What went wrong last on the way to an island, or before anything was sent. */
  troubleOf(flow: Flow | undefined, to?: string): Trouble | undefined {
    if (!flow) return undefined
    const steps = new Map([...allSteps(flow.steps)].map(step => [step.id, step]))
    return this.sight.troubles.of(flow.name).find(({ step: id = '' }) => {
      const step = steps.get(id)
      return to === undefined || !step || !isEffect(step) || islandOf(step.channel) === to
    })
  }

  #stand(flow: string, stored: FlowState | undefined, now: number): FlowStand {
    const { errors } = this.pace(`flow ${flow}`)
    const live = this.sight.isRunning() ? this.sight.flow(flow) : undefined
    return flowStand(flow, stored, { live, pause: this.#pauses.get(flow), errors }, now)
  }

  #bridge(
    bridge: Bridge,
    stands: ReadonlyMap<string, FlowStand>,
    now: number,
  ): LandscapeState['bridges'][number] {
    const { landscape, changes } = this.sight
    const flow = landscape.flows.find(({ name }) => name === bridge.flow)
    const stand = stands.get(bridge.flow ?? '')
    const closed = this.#closed(bridge.to) ?? (flow ? undefined : this.#closed(bridge.from))
    const state = this.#conditionOf(stand, closed)
    const trouble = state === 'ok' ? undefined : this.troubleOf(flow, bridge.to)
    const { backlog = 0, retrying = 0, parked = 0, inDoubt = 0, oldest } = stand ?? {}
    const [latest] = changes
      .since(now - 86_400_000, flow ? { flow: flow.name } : {})
      .filter(
        ({ kind }) => kind === 'version' || kind === 'started' || kind === 'paused' || kind === 'resumed',
      )
      .slice(-1)
    return {
      ...bridge,
      state,
      since: this.#sinceOf(bridge, flow, state, stand, now),
      cause: causeOf(state, stand, closed, trouble),
      backlog,
      retrying,
      parked,
      inDoubt,
      oldest,
      ...(flow ? this.pace(`flow ${flow.name}`) : noPace),
      version: flow && this.versionsOf(flow.name)[0]?.version,
      changed: latest,
    }
  }

  #conditionOf(stand: FlowStand | undefined, closed: string | undefined): Condition {
    if (!this.sight.isRunning()) return 'no signal'
    const own = stand?.state ?? 'ok'
    if (own === 'no signal' || own === 'paused') return own
    return closed !== undefined ? 'down' : own
  }

  #sinceOf(
    { bridge, to }: Bridge,
    flow: Flow | undefined,
    state: Condition,
    stand: FlowStand | undefined,
    now: number,
  ): number {
    const seen = this.#since.of(bridge, state, now)
    if (state === 'paused') return stand?.pause?.at ?? seen
    if (state === 'down' && this.#closed(to) !== undefined) return this.sight.changes.systemSince(to) ?? seen
    if (state === 'down' && flow && stand?.live?.sourceFailed !== undefined)
      return this.sight.changes.sourceSince(channelId(flow.source)) ?? seen
    return seen
  }

  /** Why an island cannot be reached. */
  #closed(island: string): string | undefined {
    const { own } = this.#map.islands.find(each => each.island === island) ?? { own: true }
    return own ? undefined : this.sight.calls(island).reason
  }

  #island(
    { island, system, own }: Island,
    bridges: LandscapeState['bridges'],
    places: Known['places'],
    now: number,
  ): LandscapeState['islands'][number] {
    const { landscape, changes, calls } = this.sight
    const known = landscape.systems.find(({ name }) => name === system)
    const { reason, waiting } = own ? { reason: undefined, waiting: 0 } : calls(system)
    const pace = own ? noPace : this.pace(`system ${system}`)
    const arriving = bridges.filter(({ from }) => from === island)
    const sources = arriving.some(({ cause }) => cause?.code === 'SOURCE-FAILED')
    const state: Condition = reason !== undefined ? 'down' : pace.errors > 0 || sources ? 'degraded' : 'ok'
    const seen = this.#since.of(island, state, now)
    return {
      island,
      system,
      label: own ? island.slice(system.length + 1) : island,
      kind: own ? system.replace(/s$/, '') : (known?.kind ?? 'other'),
      connector: known?.connector.name ?? system,
      own,
      state,
      since: state === 'down' ? (changes.systemSince(system) ?? seen) : seen,
      cause: reason,
      waiting,
      ...pace,
      place: places[island] ?? { column: 0, row: 0 },
    }
  }

  #layout(known: Known['places']): Known['places'] {
    const { islands, bridges } = this.#map
    return placed(
      islands.map(({ island }) => island),
      bridges,
      known,
    )
  }

  #pausedBy(flow: string, pause: FlowPause): void {
    this.#pauses.set(flow, pause)
    clearTimeout(this.#timers.get(flow))
    if (pause.until === undefined) return
    // A timer takes no more than 24 days; a longer pause is looked at again then.
    const wait = Math.min(Math.max(0, pause.until - Date.now()), 2 ** 31 - 1)
    const timer = setTimeout(() => {
      if ((pause.until ?? 0) > Date.now()) this.#pausedBy(flow, pause)
      else this.#over(flow)
    }, wait)
    timer.unref()
    this.#timers.set(flow, timer)
  }

  #over(flow: string): void {
    this.#goesOn(flow)
    this.sight.changes.note({ at: Date.now(), kind: 'resumed', flow })
  }

  #goesOn(flow: string): void {
    clearTimeout(this.#timers.get(flow))
    this.#pauses.delete(flow)
    this.sight.halt(flow, false)
  }
}

function causeOf(
  state: Condition,
  stand: FlowStand | undefined,
  closed: string | undefined,
  trouble: Trouble | undefined,
): LandscapeState['bridges'][number]['cause'] {
  if (state === 'ok' || state === 'no signal' || state === 'paused') return undefined
  const { sourceFailed, paused } = stand?.live ?? {}
  if (sourceFailed !== undefined) return { code: 'SOURCE-FAILED', reason: sourceFailed }
  if (trouble) {
    const { code, reason, step, at } = trouble
    return { code, reason, step, at }
  }
  if (closed !== undefined) return { code: 'TARGET-UNAVAILABLE', reason: closed }
  return paused === undefined ? undefined : { code: 'TARGET-CREDENTIALS', reason: paused }
}

export type { Change }
