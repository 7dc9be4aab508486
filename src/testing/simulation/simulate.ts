import { createHash } from 'node:crypto'
import { prepareEdit } from '../../engine/edit.ts'
import { type Engine, startEngine } from '../../engine/engine.ts'
import type { EngineEvent } from '../../engine/events.ts'
import { outgoingOf } from '../../engine/outgoing.ts'
import { type Decided, type Decision, decide } from '../../engine/person.ts'
import { type Plan, planFlow } from '../../engine/plan.ts'
import { planReplay, replayMessage } from '../../engine/replay.ts'
import { readReplays, replayAppend } from '../../engine/replay-log.ts'
import { effectName, standOf } from '../../engine/run-message.ts'
import { verify } from '../../engine/verify.ts'
import type { Flow } from '../../flow/flow.ts'
import type { Delivery } from '../../message/message.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Entry, UnfinishedEntry } from '../../store/store.ts'
import { judge } from './oracles.ts'
import { drawScenario, healed, type ItemData, type Scenario } from './scenario.ts'
import { SeededRandom } from './seeded-random.ts'
import { SimulatedDisk } from './simulated-disk.ts'
import { SimulatedProcess } from './simulated-process.ts'
import { VirtualTime } from './virtual-time.ts'

/** What one seed came to. */
export interface SimulationResult {
  readonly seed: number
  /** What was violated; empty when every promise held. */
  readonly violations: readonly string[]
  /** SHA-256 of everything that happened: the same seed gives the same. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly crashes: number
  readonly messages: number
}

/** Virtual time for trouble, and for everything to come to rest afterwards, in milliseconds. */
const troubleLength = 60_000
const restLength = 4 * 3_600_000

/** Runs the engine through a random landscape, random traffic and random faults, all drawn from the seed. */
export async function simulate(seed: number): Promise<SimulationResult> {
  const simulation = new Simulation(seed)
  const violations = await simulation.run()
  const { trace } = simulation
  const digest = createHash('sha256').update(trace.join('\n')).digest('hex')
  const { crashes, messages } = simulation
  return { seed, violations, digest, trace, crashes, messages }
}

class Simulation {
  readonly trace: string[] = []
  crashes = 0
  readonly #time = new VirtualTime()
  readonly #random: SeededRandom
  readonly #disk: SimulatedDisk
  readonly #scenario: Scenario
  readonly #violations: string[] = []
  /** Ids given in positive answers, by number of the item. */
  readonly #acknowledged = new Map<number, string>()
  #process: SimulatedProcess
  #engine: Engine | undefined
  #restarting = false
  #mostInMemory = 0
  #clients = 0
  #calm = false
  #atRest = false
  /** Messages that a person will yet let run again. */
  #replaysLeft: number

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
    this.#replaysLeft = new SeededRandom(~seed).int(0, 6)
    this.#disk = new SimulatedDisk(this.#time, this.#random)
    this.#process = new SimulatedProcess(this.#time, this.#random)
    this.#scenario = drawScenario(this.#random, this.#time, text => this.#log(text))
  }

  get messages(): number {
    return this.#acknowledged.size + this.#scenario.pulled.length
  }

  async run(): Promise<string[]> {
    this.#drawFaults()
    void this.#start()
    for (const item of this.#scenario.pushed) this.#client(item)
    this.#scheduleCrashes()
    this.#time.after(troubleLength, () => this.#endTrouble())
    try {
      await this.#time.run(() => this.#atRest || this.#violations.length > 0, troubleLength + restLength)
      if (this.#violations.length === 0) this.#violations.push(...(await this.#judge()))
    } catch (error) {
      this.#violations.push(String(error))
    }
    return this.#violations
  }

  #drawFaults(): void {
    const harsh = this.#scenario.outage ? 0 : this.#random.next() ** 2
    this.#disk.faults = {
      slow: this.#random.chance(0.2) ? 0.05 : 0,
      full: this.#random.chance(0.2) ? 0.1 : 0,
      failed: this.#random.chance(0.2) ? 0.02 : 0,
    }
    for (const target of this.#scenario.targets.values())
      target.faults = {
        trouble: harsh * this.#random.next(),
        outage: harsh > 0 && this.#random.chance(0.3) ? 0.05 : 0,
      }
  }

  async #start(): Promise<void> {
    const process = new SimulatedProcess(this.#time, this.#random)
    this.#process = process
    this.#log('start')
    const messages = this.#random.pick([1, 3, 16, 64])
    this.#mostInMemory = messages
    const store = this.#disk.open(process)
    const engine = await startEngine({
      landscape: this.#scenario.landscape,
      store,
      claim: await store.claim('simulation'),
      host: process.host(),
      connectContext: () => ({}) as never,
      watch: event => process.alive && this.#watch(event),
      onFatal: () => void this.#crash('fatal'),
      limits: {
        flow: { messages, retrying: this.#random.pick([2, 8, 64]) },
      },
    })
    if (process.alive) this.#engine = engine
  }

  async #crash(why: string): Promise<void> {
    if (this.#restarting) return
    this.#restarting = true
    this.crashes++
    this.#log(`crash: ${why}`)
    this.#scenario.door.intake = undefined
    this.#engine = undefined
    this.#process.kill()
    await this.#disk.crash()
    await this.#time.sleep(this.#random.int(1, 2_000))
    this.#restarting = false
    await this.#start()
  }

  async #restartGently(): Promise<void> {
    const engine = this.#engine
    if (!engine || this.#restarting) return
    this.#restarting = true
    const process = this.#process
    this.#log('stop')
    const stopped = engine.stop(this.#random.int(100, 5_000))
    this.#engine = undefined
    const gently = await process.inside(stopped).then(
      () => true,
      () => false,
    )
    this.#restarting = false
    if (!gently) return this.#crash('could not stop')
    process.kill()
    await this.#disk.crash()
    await this.#start()
  }

  #scheduleCrashes(): void {
    const count = this.#random.int(0, 5)
    for (let n = 0; n < count; n++) {
      const at = this.#random.next() ** 2 * troubleLength
      const gently = this.#random.chance(0.25)
      this.#time.after(at, () => void (gently ? this.#restartGently() : this.#crash('kill -9')))
    }
    for (let at = 500; at < troubleLength; at += 5_000) this.#time.after(at, () => void this.#balance())
  }

  /** Sends one item until it is acknowledged, sometimes more often. */
  async #client(item: ItemData): Promise<void> {
    this.#clients++
    await this.#time.sleep(this.#random.next() * troubleLength * this.#random.next())
    const times = this.#random.chance(0.1) ? 2 : 1
    await Promise.all(Array.from({ length: times }, () => this.#send(item)))
    if (this.#random.chance(0.1)) {
      await this.#time.sleep(this.#random.next() * 10_000)
      await this.#send(item)
    }
    this.#clients--
  }

  async #send(item: ItemData): Promise<void> {
    const delivery: Delivery = { id: String(item.n), data: item }
    for (;;) {
      try {
        const { intake } = this.#scenario.door
        if (!intake) throw new Error('connection refused')
        const [receipt] = await this.#process.answer(intake.accept([delivery]))
        const id = receipt?.id as string
        const first = this.#acknowledged.get(item.n)
        if (first !== undefined && first !== id)
          this.#violate(`item ${item.n} was acknowledged as ${first} and as ${id}`)
        this.#acknowledged.set(item.n, id)
        return
      } catch {
        await this.#time.sleep(this.#random.int(50, 2_000))
      }
    }
  }

  async #endTrouble(): Promise<void> {
    this.#log('calm')
    this.#calm = true
    this.#disk.faults = { slow: 0, full: 0, failed: 0 }
    for (const target of this.#scenario.targets.values()) target.faults = { trouble: 0, outage: 0 }
    while (!this.#atRest && this.#violations.length === 0) {
      await this.#time.sleep(1_000)
      if (this.#restarting || !this.#engine) continue
      await this.#person()
      await this.#replay()
      await this.#lookForRest()
    }
  }

  /** Decides about everything that is set aside, knowing what the targets hold. */
  async #person(): Promise<void> {
    const engine = this.#engine as Engine
    for (const declared of this.#scenario.landscape.flows) {
      const flow = declared.name
      const rows = await memoryStore(this.#disk.state).read.unfinished({
        flow,
        status: ['parked', 'doubt'],
        limit: 100,
      })
      for (const row of rows) {
        const [entry] = await memoryStore(this.#disk.state).read.entries({ flow, seqs: [row.seq], limit: 1 })
        if (!entry) continue
        const decision = await this.#decision(planFlow(declared), row, entry)
        this.#log(`person ${flow} ${row.seq} ${decision.do}`)
        const decided: Decided = decide(row, decision, 'somebody', this.#time.now)
        const runner = engine.runner(flow)
        const carryOut = () =>
          'settled' in decided ? runner?.end(row, decided.settled) : runner?.resume(decided.unfinished)
        // Somebody else decides about it at the same time: one of the two is refused.
        const both = this.#random.chance(0.2) ? [carryOut(), carryOut()] : [carryOut()]
        const done = (await Promise.allSettled(both)).filter(({ status }) => status === 'fulfilled')
        if (done.length !== 1)
          this.#violate(`${done.length} decisions about ${flow} ${row.seq} were carried out`)
      }
    }
  }

  /** Lets an ended message run again, which is new to its flow; sometimes with new effects, or in a process about to die. */
  async #replay(): Promise<void> {
    const engine = this.#engine
    if (!engine || this.#replaysLeft === 0 || !this.#random.chance(0.5)) return
    const { flows, name } = this.#scenario.landscape
    const declared = flows[this.#random.int(0, flows.length - 1)] as Flow
    const { read } = memoryStore(this.#disk.state)
    const flow = declared.name
    const entries = await read.entries({ flow, limit: 10_000 })
    const asked = entries[this.#random.int(0, entries.length - 1)]
    const log = asked && (await readReplays(read, asked))
    const entry = entries.find(({ id }) => id === log?.latest) ?? asked
    const [settled] = entry ? await read.settled({ flow, from: entry.seq, to: entry.seq }) : []
    if (!asked || !log || !entry || !settled) return
    const effects = this.#random.chance(0.2) ? 'new' : 'kept'
    const planned = await planReplay(planFlow(declared), name, entry, settled, effects)
    const { now } = this.#process.host()
    const random = Uint8Array.from({ length: 10 }, () => this.#random.int(0, 255))
    const order = { effects, by: 'somebody', why: 'a test' } as const
    const message = replayMessage(planned, order, { now: now(), random })
    this.#replaysLeft--
    this.#log(`replay ${flow} ${asked.seq} as ${entry.seq} ${effects}`)
    const append = engine.append(replayAppend(asked, log, message, order))
    const accepted = this.#process.answer(append).catch(() => {})
    if (this.#random.chance(0.3))
      this.#time.after(this.#random.next() * 20, () => void this.#crash('kill -9'))
    await accepted
  }

  async #decision(plan: Plan, row: UnfinishedEntry, entry: Entry): Promise<Decision> {
    if (row.sent)
      return { do: row.sent.every(path => this.#happened(row, entry, path)) ? 'confirm' : 'retry' }
    const data = JSON.parse(Buffer.from(entry.body).toString()) as ItemData
    if (!data.poison) return { do: 'retry' }
    if (this.#random.chance(0.5)) return { do: 'discard', why: 'refused' }
    return { do: 'edit', edit: await prepareEdit(plan, entry, row, healed(data)) }
  }

  /** A person looks into the target: was the effect of this step carried out, by this message or by the one that it replays? */
  #happened(row: UnfinishedEntry, entry: Entry, path: string): boolean {
    const target = this.#scenario.targets.get(path.replace(/^.*\./, ''))
    const { edited } = standOf({ entry, row })
    const outgoing = outgoingOf(this.#scenario.landscape.name, entry)
    return target?.happened(outgoing(effectName(path, edited), undefined, 0).effectKey) === true
  }

  async #lookForRest(): Promise<void> {
    const { balanced, flows } = await this.#verify()
    if (!balanced) return
    const third = await memoryStore(this.#disk.state).read.entries({ flow: 'third', limit: 10_000 })
    const pulledIn = third.filter(({ head }) => !head.replay).length
    const open = flows.reduce((sum, { inFlight, parked }) => sum + inFlight + parked, 0)
    this.#atRest =
      this.#replaysLeft === 0 &&
      this.#clients === 0 &&
      open === 0 &&
      pulledIn === this.#scenario.pulled.length
  }

  async #balance(): Promise<void> {
    if (!this.#calm) await this.#verify()
  }

  async #verify() {
    const balance = await verify(memoryStore(this.#disk.state).read)
    if (!balance.balanced) this.#violate(`out of balance: ${JSON.stringify(balance.flows)}`)
    return balance
  }

  #judge(): Promise<string[]> {
    return judge(memoryStore(this.#disk.state).read, this.#scenario, this.#acknowledged)
  }

  #watch(event: EngineEvent): void {
    for (const { name } of this.#scenario.landscape.flows) {
      const { inMemory = 0 } = this.#engine?.runner(name)?.state ?? {}
      if (inMemory > this.#mostInMemory) this.#violate(`${name} holds ${inMemory} messages in memory`)
    }
    this.#log(JSON.stringify(event))
    if (this.#scenario.outage && event.type === 'setback') this.#judgeSetback(event)
  }

  /** An outage parks nothing, and what was never sent is not in doubt. */
  #judgeSetback({ flow, seq, code, fate, reason }: Extract<EngineEvent, { type: 'setback' }>): void {
    if (code === 'RETRY-EXHAUSTED' || (fate === 'doubt' && this.crashes === 0))
      this.#violate(`${flow}: message ${seq} was set aside by an outage: ${reason}`)
  }

  #violate(what: string): void {
    this.#log(`VIOLATION ${what}`)
    this.#violations.push(what)
  }

  #log(text: string): void {
    this.trace.push(`${this.#time.now.toFixed(3)} ${text}`)
  }
}
