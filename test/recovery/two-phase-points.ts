import { cpSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Store } from '../../src/store/store.ts'
import type { Participant } from '../../src/system/roles.ts'
import type { Life } from './two-phase-lives.ts'

/** Where the process dies, in the order in which a transaction comes by. */
export const points = [
  'first prepared',
  'all prepared',
  'decision being written',
  'decision written',
  'first committed',
  'all committed',
] as const
export type Point = (typeof points)[number] | 'first ended in recovery'

/** Stops transactions at one point, and kills the process by SIGKILL when enough of them stand there. */
export class CrashPoint {
  /** Undefined: everything passes. */
  point: Point | undefined
  readonly #enough: number
  readonly #copy: (() => void) | undefined
  readonly #gathered: (() => void)[] = []
  #count = 0

  constructor(point: Point | undefined, { path, enough, copy }: Life) {
    this.point = point
    this.#enough = enough
    if (copy !== undefined) this.#copy = () => cpSync(path, copy, { recursive: true })
  }

  participant(system: 'a' | 'b', inner: Participant): Participant {
    return {
      ...inner,
      prepare: async (branch, signal) => {
        const vote = await inner.prepare(branch, signal)
        if (system === 'a' && this.point === 'first prepared') return this.#stand()
        if (system === 'b' && this.point === 'all prepared') return this.#stand()
        return vote
      },
      end: async (...given) => {
        if (system === 'b' && this.point === 'first committed') return forever()
        const ended = await inner.end(...given)
        if (system === 'a' && this.point === 'first committed') return this.#stand()
        if (this.point === 'first ended in recovery') return this.#stand()
        return ended
      },
    }
  }

  store(inner: Store): Store {
    const append: Store['append'] = async (appends, token) => {
      const types = appends.flatMap(({ kind, events }) =>
        kind === 'transaction' ? events.map(({ type }) => type) : [],
      )
      const decides = types.includes('decided')
      if (decides && this.point) this.#copy?.()
      if (decides && this.point === 'decision being written')
        return this.#together(() => void inner.append(appends, token))
      if (types.includes('closed') && this.point === 'all committed') return this.#stand()
      const appended = await inner.append(appends, token)
      return decides && this.point === 'decision written' ? this.#stand() : appended
    }
    return new Proxy(inner, {
      get(target, name) {
        if (name === 'append') return append
        const value = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  #stand(): Promise<never> {
    if (++this.#count === this.#enough) process.kill(process.pid, 'SIGKILL')
    return forever()
  }

  /** Begins the work of all that stand here at one moment, and dies in the midst of it. */
  #together(work: () => void): Promise<never> {
    this.#gathered.push(work)
    if (this.#gathered.length === this.#enough) {
      for (const each of this.#gathered) each()
      void delay(Math.random() * 4).then(() => process.kill(process.pid, 'SIGKILL'))
    }
    return forever()
  }
}

const forever = () => new Promise<never>(() => {})
