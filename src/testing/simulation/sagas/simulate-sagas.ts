import { createHash } from 'node:crypto'
import { type Engine, startEngine } from '../../../engine/engine.ts'
import type { EngineEvent } from '../../../engine/events.ts'
import { IsthmusError } from '../../../errors.ts'
import type { SagaDefinition } from '../../../flow/saga/stage.ts'
import { allStages } from '../../../flow/saga/stage.ts'
import { SeededRandom } from '../seeded-random.ts'
import { type Boot, SimulatedMachine } from '../simulated-machine.ts'
import { VirtualTime } from '../virtual-time.ts'
import { drawNext, drawSaga } from './draw-saga.ts'
import { judgeSagas } from './judge-sagas.ts'
import { SagaPerson } from './saga-person.ts'
import { type SagaLog, sagaLogs } from './saga-records.ts'
import { type Begun, events, type HappeningData, type InputData, SagaWorld } from './saga-scenario.ts'

/** What one seed came to. */
export interface SagaSimulation {
  readonly seed: number
  /** What was violated; empty when every promise held. */
  readonly violations: readonly string[]
  /** SHA-256 of everything that happened: the same seed gives the same. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly crashes: number
  /** How many sagas ended, and how. */
  readonly ended: Readonly<Record<string, number>>
}

/** Virtual milliseconds for trouble, and for everything to come to rest afterwards. */
const troubleLength = 60_000
const restLength = 8 * 3_600_000

/**
 * Runs random sagas through random faults, all drawn from the seed, and holds what came of it against what was promised.
 * `isAttended`: people pause them and take them over, too.
 */
export async function simulateSagas(seed: number, isAttended = false): Promise<SagaSimulation> {
  const simulation = new Simulation(seed, isAttended)
  const violations = await simulation.run()
  const { trace, crashes, ended } = simulation
  const digest = createHash('sha256').update(trace.join('\n')).digest('hex')
  return { seed, violations, digest, trace, crashes, ended }
}

class Simulation {
  readonly trace: string[] = []
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  /** Of its own, so that the same seed without it stays the same. */
  readonly #attention: SeededRandom | undefined
  readonly #world: SagaWorld
  readonly #machine: SimulatedMachine<Engine>
  readonly #person: SagaPerson
  readonly #violations: string[] = []
  readonly #begun: Begun[] = []
  /** Events that were acknowledged, as `name key id`. */
  readonly #told = new Set<string>()
  /** What each life of the process is released with; the last one for good. */
  readonly #releases: SagaDefinition[][]
  readonly #timeout: string
  #release = 0
  #clients = 0
  #isTroubled = true
  #atRest = false

  constructor(seed: number, isAttended: boolean) {
    this.#random = new SeededRandom(seed)
    if (isAttended) this.#attention = new SeededRandom(seed + 1_000_000)
    const log = (text: string) => this.#log(text)
    this.#world = new SagaWorld(this.#time, this.#random, log)
    this.#releases = drawReleases(this.#random)
    this.#timeout = this.#random.pick(['300ms', '2s', '10s'])
    this.#machine = new SimulatedMachine<Engine>({
      time: this.#time,
      random: this.#random,
      log,
      boot: boot => this.#boot(boot),
      stop: engine => engine.stop(this.#random.int(100, 5_000)),
    })
    this.#person = new SagaPerson({
      machine: this.#machine,
      world: this.#world,
      random: this.#random,
      log,
      definitions: () => this.#definitions,
    })
  }

  get crashes(): number {
    return this.#machine.crashes
  }

  get ended(): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const { head } of this.#logs()) counts[head.state] = (counts[head.state] ?? 0) + 1
    return counts
  }

  async run(): Promise<string[]> {
    this.#drawFaults()
    this.#drawClients()
    void this.#machine.start()
    this.#scheduleTrouble()
    try {
      await this.#time.run(() => this.#atRest || this.#violations.length > 0, troubleLength + restLength)
      const clock = { skews: this.#time.skews, starts: this.#machine.starts }
      const judged = { logs: this.#logs(), world: this.#world, begun: this.#begun, told: this.#told, clock }
      const { state } = this.#machine.disk
      if (this.#violations.length === 0)
        this.#violations.push(...(await judgeSagas({ ...judged, state, person: this.#person })))
      const kept = this.#machine.running?.sagas.kept ?? 0
      if (kept > 0) this.#violations.push(`${kept} sagas are kept in memory though all have ended`)
    } catch (error) {
      const open = this.#logs().filter(({ head }) => head.open)
      this.#violations.push(
        `${error}; open: ${open.map(({ head }) => `${head.kind}/${head.key} ${head.state}`).join(', ')}`,
      )
    }
    return this.#violations
  }

  async #boot({ store, claim, host, process, onFatal }: Boot): Promise<Engine> {
    return startEngine({
      landscape: this.#world.landscape(this.#releases[this.#release] as SagaDefinition[], this.#timeout),
      store,
      claim,
      host,
      connectContext: () => ({}) as never,
      watch: event => process.alive && this.#watch(event),
      onFatal,
    })
  }

  get #definitions(): readonly SagaDefinition[] {
    const last = this.#releases.at(-1) as SagaDefinition[]
    const all = new Set<SagaDefinition>()
    const add = (saga: SagaDefinition): void => {
      all.add(saga)
      for (const each of saga.earlier) add(each)
      for (const stage of allStages(saga.stages)) if (stage.kind === 'child') add(stage.saga)
    }
    for (const saga of last) add(saga)
    return [...all]
  }

  #logs(): SagaLog[] {
    return sagaLogs(this.#machine.disk.state, this.#definitions)
  }

  #drawFaults(): void {
    const random = this.#random
    const harsh = random.next() ** 2
    this.#machine.disk.faults = {
      slow: random.chance(0.2) ? 0.05 : 0,
      full: random.chance(0.2) ? 0.1 : 0,
      failed: random.chance(0.2) ? 0.01 : 0,
      away: random.chance(0.2) ? 0.05 : 0,
    }
    for (const target of this.#world.targets.values())
      target.faults = { trouble: harsh * random.next(), outage: random.chance(0.2) ? 0.03 : 0 }
  }

  /** Everybody who begins sagas, and tells them events. */
  #drawClients(): void {
    const random = this.#random
    const roots = this.#releases.at(-1) as SagaDefinition[]
    const businesses = random.int(1, 4)
    const count = random.int(2, 14)
    for (let n = 0; n < count; n++) {
      const saga = roots[random.int(0, roots.length - 1)] as SagaDefinition
      const key = random.chance(0.1) ? 'same' : `s${n}`
      const business = `b${random.int(1, businesses)}`
      const input = { key, business, flag: random.chance(0.5), refused: drawRefusal(random, saga) }
      const begun = { name: saga.name, input, startId: `start ${n}`, acknowledged: false, refused: false }
      this.#begun.push(begun)
      this.#world.expect(saga, input, begun.startId)
      void this.#client(begun)
      if (random.chance(0.15)) void this.#client(begun)
      this.#drawEvents(saga, input)
    }
  }

  #drawEvents(saga: SagaDefinition, input: InputData): void {
    const random = this.#random
    for (const stage of allStages(saga.stages)) {
      if (stage.kind === 'child') this.#drawEvents(stage.saga, stage.input({ input }) as InputData)
      if (stage.kind !== 'wait') continue
      const key = stage.key({ input })
      if (random.chance(0.8))
        void this.#tell(stage.event.name, { key, for: input.key }, `${stage.id} ${input.key}`)
      if (random.chance(0.2))
        void this.#tell(stage.event.name, { key, for: 'nobody' }, `${stage.id} ${input.key} stray`)
    }
  }

  async #client(begun: Begun): Promise<void> {
    this.#clients++
    const { name, input, startId } = begun
    await this.#time.sleep(this.#random.next() * troubleLength * this.#random.next())
    await this.#insist(async engine => {
      try {
        await engine.sagas.begin(engine.sagas.current(name), { input, startId, cause: startId })
        begun.acknowledged = true
      } catch (error) {
        if (!(error instanceof IsthmusError) || error.code !== 'TARGET-REFUSED') throw error
        begun.refused = true
      }
    })
    this.#clients--
  }

  async #tell(name: string, data: HappeningData, id: string): Promise<void> {
    this.#clients++
    await this.#time.sleep(this.#random.next() ** 2 * troubleLength)
    const event = events.find(each => each.name === name) ?? events[0]
    const times = this.#random.chance(0.2) ? 2 : 1
    const send = () => this.#insist(engine => engine.sagas.receive(event, data, id))
    await Promise.all(Array.from({ length: times }, send))
    this.#told.add(`${name} ${data.key} ${id}`)
    this.#clients--
  }

  /** Asks again until there is an answer. */
  async #insist(use: (engine: Engine) => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await this.#machine.call(use)
        return
      } catch {
        await this.#time.sleep(this.#random.int(50, 2_000))
      }
    }
  }

  #scheduleTrouble(): void {
    const random = this.#random
    for (let count = random.int(0, 5); count > 0; count--)
      this.#time.after(random.next() ** 2 * troubleLength, () => void this.#restart())
    for (let count = random.int(0, 8); count > 0; count--)
      this.#time.after(random.next() * troubleLength, () => void this.#person.meddle(this.#logs()))
    if (random.chance(0.3))
      for (let count = random.int(1, 3); count > 0; count--) {
        const ms = random.pick([1_000, 30_000, 3_600_000]) * random.pick([1, 1, -1])
        this.#time.after(random.next() * troubleLength, () => this.#jump(ms))
      }
    if (this.#attention)
      for (let count = this.#attention.int(5, 25); count > 0; count--) {
        const attend = () => void this.#person.attend(this.#logs(), this.#attention as SeededRandom)
        this.#time.after(this.#attention.next() * troubleLength, attend)
      }
    this.#time.after(troubleLength, () => void this.#calm())
  }

  #jump(ms: number): void {
    this.#log(`the clock jumps by ${ms} ms`)
    this.#time.jump(ms)
  }

  #restart(): Promise<void> {
    if (this.#random.chance(0.5)) this.#release = Math.min(this.#release + 1, this.#releases.length - 1)
    return this.#random.chance(0.25) ? this.#machine.restartGently() : this.#machine.crash('kill -9')
  }

  async #calm(): Promise<void> {
    this.#log('calm')
    this.#isTroubled = false
    this.#machine.disk.faults = { slow: 0, full: 0, failed: 0 }
    for (const target of this.#world.targets.values()) target.faults = { trouble: 0, outage: 0 }
    if (this.#release < this.#releases.length - 1) {
      this.#release = this.#releases.length - 1
      await this.#machine.crash('the last release')
    }
    for (let round = 0; !this.#atRest && this.#violations.length === 0; round++) {
      await this.#time.sleep(Math.min(1_000 * 2 ** Math.floor(round / 30), 60_000))
      if (!this.#machine.running) continue
      const logs = this.#logs()
      if (logs.every(({ head }) => !head.open) && this.#clients === 0) this.#atRest = true
      else await this.#person.serve(logs, (name, data, id) => this.#tell(name, data, id))
    }
  }

  #watch(event: EngineEvent): void {
    if (event.type === 'call') return
    this.#log(JSON.stringify(event))
    const hasTurned = event.type === 'saga' && event.status === 'compensating'
    if (hasTurned && this.#isTroubled && this.#random.chance(0.05))
      this.#time.after(this.#random.next() * 10, () => void this.#machine.crash('kill -9 after a turn'))
  }

  #log(text: string): void {
    this.trace.push(`${this.#time.now.toFixed(3)} ${text}`)
  }
}

/** Each life may have another one: the first version alone, the second with the first, the second that has forgotten the first. */
function drawReleases(random: SeededRandom): SagaDefinition[][] {
  const inner = drawSaga(random, 'inner', [], { pivot: false })
  const child = drawSaga(random, 'child', [inner], { pivot: false })
  const names = ['first', 'second', 'third'] as const
  const roots = names.map(name =>
    drawSaga(random, name, random.chance(0.5) ? [inner, child] : [], { pivot: true }),
  )
  if (random.chance(0.6)) return [roots]
  const [first, ...rest] = roots as [SagaDefinition, ...SagaDefinition[]]
  const next = drawNext(random, first)
  const forgetful = { ...next, earlier: [] }
  return random.chance(0.5) ? [roots, [next, ...rest]] : [roots, [forgetful, ...rest], [next, ...rest]]
}

/** The id of what is refused in a saga or its children; mostly nothing. */
function drawRefusal(random: SeededRandom, saga: SagaDefinition): string {
  if (random.chance(0.5)) return ''
  const ids: string[] = []
  const add = ({ stages }: SagaDefinition): void => {
    for (const stage of allStages(stages)) {
      if (stage.kind === 'child') add(stage.saga)
      if (stage.kind === 'require') ids.push(stage.id)
      if (stage.kind === 'step')
        ids.push(stage.id, ...(stage.undo && random.chance(0.3) ? [`${stage.id}:undo`] : []))
    }
  }
  add(saga)
  return ids[random.int(0, ids.length - 1)] ?? ''
}
