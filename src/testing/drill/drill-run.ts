import { type Engine, startEngine } from '../../engine/engine.ts'
import { scopeOf } from '../../engine/saga/advance.ts'
import { readSagaLog, statusOf } from '../../engine/saga/saga-log.ts'
import { foldSaga, type SagaState } from '../../engine/saga/saga-state.ts'
import { aggregatesOf, ownSystemsOf, projectionsOf, sagasOf, usedChannels } from '../../flow/own-systems.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type DecideStage, type WaitStage } from '../../flow/saga/stage.ts'
import type { Json } from '../../message/json-value.ts'
import { samplesOf } from '../../model/sample.ts'
import { copyMemoryState, type MemoryState, memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Store } from '../../store/store.ts'
import { topicsSystem } from '../../system/topic.ts'
import { SeededRandom } from '../simulation/seeded-random.ts'
import { SimulatedProcess } from '../simulation/simulated-process.ts'
import { VirtualTime } from '../simulation/virtual-time.ts'
import type { DrillCase } from './drill-case.ts'
import { type DrillOptions, DrillWorld } from './drill-world.ts'

/** What one run came to. */
export interface DrillRun {
  readonly case: DrillCase
  readonly world: DrillWorld
  /** Of the saga at the end: undefined if it never began. */
  readonly state: SagaState | undefined
  readonly status: string
  /** How many writes to the journal it took, in all lives of the process. */
  readonly writes: number
  /** Events and decisions that were waited for. */
  readonly waited: ReadonlySet<string>
}

const landscapeName = 'drill'
const startId = 'drill'
/** Virtual milliseconds from one look at the saga to the next, twice as many each time while nothing changes. */
const pace = { first: 20, longest: 60_000 }
/** Until when a saga must have come to rest. */
const longest = 400 * 86_400_000
/** A saga that waits for no time and has not changed for so many looks has come to rest. */
const restLooks = 16

/** Topics have nobody who reads them in a drill: they are among the systems of its world. */
function isEnginesOwn({ name }: { readonly name: string }): boolean {
  return name !== topicsSystem
}

/** Runs a saga once, under virtual time, with simulated systems that do what the case says. */
export async function drillRun(
  saga: SagaDefinition,
  drillCase: DrillCase,
  options: DrillOptions,
): Promise<DrillRun> {
  return new Run(saga, drillCase, options).run()
}

class Run {
  readonly #saga: SagaDefinition
  readonly #case: DrillCase
  readonly #options: DrillOptions
  readonly #world: DrillWorld
  readonly #time = new VirtualTime()
  readonly #random = new SeededRandom(1)
  readonly #input: unknown
  readonly #told = new Set<string>()
  readonly #waited = new Set<string>()
  #disk: MemoryState = memoryState()
  #process: SimulatedProcess
  #engine: Engine | undefined
  #writes = 0
  #begun = false
  #still = 0
  #last = ''
  #over = false

  constructor(saga: SagaDefinition, drillCase: DrillCase, options: DrillOptions) {
    this.#saga = saga
    this.#case = drillCase
    this.#options = options
    this.#world = new DrillWorld(landscapeName, saga, startId, drillCase, options)
    this.#process = new SimulatedProcess(this.#time, this.#random)
    this.#input = options.input
  }

  async run(): Promise<DrillRun> {
    void this.#start()
    this.#lookAgain()
    await this.#time.run(() => this.#over, longest)
    const state = await this.#state(this.#saga, this.#key)
    const status = state ? await this.#statusOf(this.#saga, state) : 'not begun'
    this.#process.kill()
    return { case: this.#case, world: this.#world, state, status, writes: this.#writes, waited: this.#waited }
  }

  get #key(): string {
    return this.#saga.key(this.#input)
  }

  async #start(): Promise<void> {
    const process = new SimulatedProcess(this.#time, this.#random)
    this.#process = process
    const sagas = sagasOf([], [{ definition: this.#saga }])
    const channels = usedChannels([], sagas)
    const store = this.#store(process)
    this.#engine = undefined
    const engine = await startEngine({
      landscape: {
        name: landscapeName,
        systems: [...this.#world.systems, ...ownSystemsOf([], sagas).filter(isEnginesOwn)],
        flows: [],
        sagas,
        aggregates: aggregatesOf(channels, [], []),
        projections: projectionsOf(channels, []),
        pipelines: [],
        alerts: [],
        alertChannels: [],
        sentinels: [],
        at: undefined,
      },
      store,
      claim: await store.claim('drill'),
      host: process.host(),
      connectContext: () => ({}) as never,
      onFatal: () => this.#die(),
    })
    if (process.alive) this.#engine = engine
  }

  #die(): void {
    this.#process.kill()
    this.#engine = undefined
    this.#disk = copyMemoryState(this.#disk)
    this.#time.after(1_000, () => void this.#start())
  }

  /** Dies where the case says so. */
  #store(process: SimulatedProcess): Store {
    const inner = memoryStore(this.#disk)
    const later = <T>(work: () => Promise<T>) => process.inside(this.#time.sleep(1).then(work))
    const written = <T>(work: () => Promise<T>): Promise<T> => {
      const number = ++this.#writes
      const { death } = this.#case
      if (death?.write !== number) return later(work)
      return process.inside(
        this.#time.sleep(1).then(async () => {
          if (death.kept) await work()
          this.#die()
          return new Promise<never>(() => {})
        }),
      )
    }
    return {
      ...inner,
      claim: owner => later(() => inner.claim(owner)),
      accept: (messages, position) => written(() => inner.accept(messages, position)),
      settle: settlement => written(() => inner.settle(settlement)),
      append: (appends, token) => written(() => inner.append(appends, token)),
    }
  }

  #lookAgain(): void {
    const ms = Math.min(pace.longest, pace.first * 2 ** this.#still)
    this.#time.after(
      ms,
      () =>
        void this.#look()
          .catch(() => {})
          .finally(() => {
            if (!this.#over) this.#lookAgain()
          }),
    )
  }

  /** What the world outside does: begins the saga, and gives it what it waits for. */
  async #look(): Promise<void> {
    const engine = this.#engine
    if (!engine) return
    if (!this.#begun) await this.#begin(engine)
    const state = await this.#state(this.#saga, this.#key)
    if (!state) return
    const status = statusOf(state)
    const now = `${status} ${state.version}`
    this.#still = now === this.#last ? this.#still + 1 : 0
    this.#last = now
    if (status === 'completed' || status === 'compensated') this.#over = true
    if (this.#still > restLooks && !this.#isDue(state)) this.#over = true
    if (!this.#over) await this.#serve(engine, this.#saga, this.#key, state, '')
  }

  #isDue({ stages }: SagaState): boolean {
    const now = this.#process.host().now()
    return [...stages.values()].some(({ waiting, do: done, undo }) =>
      [waiting?.until, done.due, undo.due].some(due => due !== undefined && due > now),
    )
  }

  async #begin(engine: Engine): Promise<void> {
    const start = { input: this.#input, startId, cause: 'drill' }
    await this.#process.answer(engine.sagas.begin(this.#saga, start))
    if (this.#case.doubled) await this.#process.answer(engine.sagas.begin(this.#saga, start))
    this.#begun = true
  }

  async #serve(
    engine: Engine,
    saga: SagaDefinition,
    key: string,
    state: SagaState,
    prefix: string,
  ): Promise<void> {
    for (const stage of allStages(saga.stages)) {
      const waiting = state.stages.get(stage.id)?.waiting
      if (!waiting || state.turned) continue
      const name = prefix + stage.id
      if (stage.kind === 'child') await this.#serveChild(engine, stage.saga, waiting.what, name)
      if (stage.kind === 'wait') await this.#tell(engine, stage, waiting.key ?? '', name)
      if (stage.kind === 'decide') await this.#decide(engine, saga, key, stage, name)
    }
  }

  async #serveChild(engine: Engine, child: SagaDefinition, what: string, name: string): Promise<void> {
    const key = what.slice(`saga ${child.name}/`.length)
    const state = await this.#state(child, key)
    if (state) await this.#serve(engine, child, key, state, `${name}/`)
  }

  async #tell(engine: Engine, stage: WaitStage, key: string, name: string): Promise<void> {
    this.#waited.add(name)
    if (this.#case.silent.has(name) || this.#told.has(name)) return
    const data = this.#event(stage, key)
    for (let times = this.#case.doubled ? 2 : 1; times > 0; times--)
      await this.#process.answer(engine.sagas.receive(stage.event, data, `event ${name}`))
    this.#told.add(name)
  }

  /** A sample of the event's model, under the key that is waited for. */
  #event({ event }: WaitStage, key: string): Json {
    const given = this.#options.events?.[event.name]
    if (given) return given(this.#input as never) as Json
    const sample = samplesOf(event.model.jsonSchema)[0] as Record<string, Json>
    return event.model.key === undefined ? sample : { ...sample, [event.model.key]: key }
  }

  async #decide(
    engine: Engine,
    saga: SagaDefinition,
    key: string,
    stage: DecideStage,
    name: string,
  ): Promise<void> {
    this.#waited.add(name)
    if (this.#case.silent.has(name)) return
    const choice = this.#case.choices.get(name) ?? stage.options[0] ?? ''
    const decision = { stage: stage.id, choice, by: 'drill', why: 'drill' }
    await this.#process.answer(engine.sagas.decide(saga.name, key, decision))
  }

  /** A saga whose child needs a person needs one. */
  async #statusOf(saga: SagaDefinition, state: SagaState): Promise<string> {
    for (const stage of allStages(saga.stages)) {
      if (stage.kind !== 'child' || !state.stages.has(stage.id)) continue
      const child = await this.#state(stage.saga, stage.saga.key(stage.input(scopeOf(state))))
      if (child && (await this.#statusOf(stage.saga, child)) === 'needs person') return 'needs person'
    }
    return statusOf(state)
  }

  async #state({ name }: SagaDefinition, key: string): Promise<SagaState | undefined> {
    return foldSaga(await readSagaLog(memoryStore(this.#disk).read, name, key))
  }
}
