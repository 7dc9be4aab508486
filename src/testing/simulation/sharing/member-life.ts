import { type Engine, startEngine } from '../../../engine/engine.ts'
import type { EngineEvent } from '../../../engine/events.ts'
import type { FlowLimits } from '../../../engine/limits.ts'
import { IsthmusError } from '../../../errors.ts'
import type { Membership } from '../../../store/members.ts'
import type { SharedStore } from '../../../store/shared/share-store.ts'
import type { Intake } from '../../../system/roles.ts'
import { MemberProcess } from '../members/member-process.ts'
import type { DiskFaults } from '../simulated-disk.ts'
import { landscapeIn, type World } from './plant.ts'

export interface LifeOptions {
  readonly id: string
  readonly world: World
  readonly store: SharedStore
  readonly limits: Partial<FlowLimits>
  /** Those of the store, as they are by now: calls about leases meet them as well. */
  faults(): DiskFaults
  watch(event: EngineEvent): void
  /** It has died of itself. */
  ended(why: string): void
}

/** One life of a process that works on the store beside others: a real engine over a store that answers late, or never. */
export class MemberLife {
  readonly id: string
  readonly process: MemberProcess
  intake: Intake | undefined
  engine: Engine | undefined
  readonly #options: LifeOptions

  constructor(options: LifeOptions) {
    this.id = options.id
    this.process = new MemberProcess(options.world.time, options.world.random)
    this.#options = options
  }

  async start(): Promise<void> {
    const { id, world, store, limits, watch } = this.#options
    const { process } = this
    const member = { id, name: id, roles: ['intake', 'worker', 'scheduler'], version: '1' } as const
    try {
      const membership = await process.inside(store.join(member))
      this.engine = await startEngine({
        landscape: landscapeIn(process, world, intake => {
          this.intake = intake
        }),
        store: this.#seen({ ...store, close: async () => {} }),
        claim: this.#over(membership),
        host: process.host(),
        connectContext: () => ({}) as never,
        watch: event => process.alive && watch(event),
        onFatal: error => this.die(error),
        limits: { flow: limits },
      })
    } catch (error) {
      this.die(error)
    }
  }

  /** SIGTERM. Resolves when it has left, or has died over it. */
  async stop(grace: number): Promise<void> {
    this.intake = undefined
    await this.engine?.stop(grace)
    this.process.kill()
  }

  die(why: unknown): void {
    if (!this.process.alive) return
    this.intake = undefined
    this.process.kill()
    this.#options.ended(why instanceof IsthmusError ? why.code : String(why))
  }

  /** Calls about leases take time, fail, and have their answers lost. */
  #over(inner: Membership): Membership {
    const { time, random } = this.#options.world
    const { process } = this
    const call = <T>(work: () => Promise<T>): Promise<T> => {
      const reached = async () => {
        await time.sleep(random.next() * 2)
        this.#meet()
        const answer = await work()
        this.#meet()
        await time.sleep(random.next() * 2)
        return answer
      }
      return process.inside(reached())
    }
    const { member, partitions, lease, token } = inner
    return {
      ...{ member, partitions, lease, token },
      beat: vitals => call(() => inner.beat(vitals)),
      take: names => call(() => inner.take(names)),
      give: leases => call(() => inner.give(leases)),
      onWake: listener => inner.onWake(wake => void process.after(random.next() * 5, () => listener(wake))),
      ask: (name, request, signal) => call(() => inner.ask(name, request, signal)),
      onRequest: handler => inner.onRequest((name, request) => process.inside(handler(name, request))),
      leave: () => call(() => inner.leave()),
    }
  }

  /** What the store answers reaches the process when it runs, and some of it late. */
  #seen<T extends object>(target: T): T {
    const { time, random } = this.#options.world
    const late = async (answer: Promise<unknown>) => {
      const value = await answer
      if (random.chance(0.03)) await time.sleep(random.int(50, 3_000))
      return value
    }
    return new Proxy(target, {
      get: (from, name) => {
        const found: unknown = Reflect.get(from, name)
        if (typeof found === 'function')
          return (...given: unknown[]) => this.process.inside(late(found.apply(from, given)))
        return typeof found === 'object' && found !== null ? this.#seen(found) : found
      },
    })
  }

  #meet(): void {
    if (this.#options.world.random.chance(this.#options.faults().away ?? 0))
      throw new IsthmusError('STORE-UNAVAILABLE', 'simulated')
  }
}
