import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Cut, Namespace } from './namespaces.ts'

export const root = join(import.meta.dirname, '../..')

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

export interface MemberOptions {
  readonly place: Namespace
  readonly role: string
  /** Port of the database. */
  readonly port: number
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  /** What `isthmus` is started from. */
  readonly checkout?: string
}

/**
 * A process of Isthmus in a namespace of its own, looked after as by a supervisor: when it has ended, and nobody asked
 * for that, it is started again half a second later.
 */
export class Member {
  readonly role: string
  readonly place: Namespace
  readonly endings: Ending[] = []
  readonly #options: MemberOptions
  #child: ChildProcess | undefined
  #checkout: string
  /** Nobody starts it again. */
  #down = true
  #paused = false

  constructor(options: MemberOptions) {
    this.#options = options
    this.role = options.role
    this.place = options.place
    this.#checkout = options.checkout ?? root
  }

  get url(): string {
    return `http://${this.place.address}:8080`
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error(`${this.place.name} does not run`)
    return this.#child.pid
  }

  get log(): string {
    return readFileSync(this.#log, 'utf8')
  }

  get #log(): string {
    return join(this.#options.folder, `${this.place.name}.log`)
  }

  /** Resolves when it is ready. Of another checkout from now on, if that is given. */
  async start(checkout = this.#checkout): Promise<void> {
    this.#checkout = checkout
    this.#down = false
    this.#spawn()
    await this.ready()
  }

  /** Rejects where it is not after four minutes, or is told to stay down. */
  async ready(): Promise<void> {
    for (const end = performance.now() + 240_000; !(await this.isReady()); await pause(50))
      if (this.#down || performance.now() > end)
        throw new Error(`${this.place.name} is not ready: ${this.log.slice(-4000)}`)
  }

  async isReady(): Promise<boolean> {
    const asked = fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(2_000) })
    return await asked.then(
      answer => answer.ok,
      () => false,
    )
  }

  /** kill -9; `stay`: it is not started again. */
  async kill(stay: 'stay' | 'restart' = 'restart'): Promise<void> {
    if (stay === 'stay') this.#down = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  /** SIGTERM, and kill -9 while it is still ending; it is started again. */
  async hurry(grace: number): Promise<void> {
    this.#child?.kill('SIGTERM')
    await pause(grace)
    await this.kill()
  }

  /** SIGTERM; gives how it ended. */
  async stop(): Promise<Ending> {
    this.#down = true
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null)
      throw new Error('it has ended already')
    const exited = once(child, 'exit')
    child.kill('SIGTERM')
    const [code, signal] = await exited
    return { code, signal }
  }

  pause(): void {
    this.#paused = this.#child?.kill('SIGSTOP') ?? false
  }

  resume(): void {
    if (this.#paused) this.#child?.kill('SIGCONT')
    this.#paused = false
  }

  cut(how: Cut): void {
    this.place.cut(how, this.#options.port)
  }

  /** Nothing keeps it from working any more. */
  heal(): void {
    this.resume()
    this.place.heal()
  }

  /** What the system counts of it: bytes of memory, and how many files and sockets are open. */
  get load(): { readonly memory: number; readonly handles: number } {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    const memory = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024
    return { memory, handles: readdirSync(`/proc/${this.pid}/fd`).length }
  }

  #spawn(): void {
    const { place, role, folder, environment } = this.#options
    const log = openSync(this.#log, 'a')
    const checkout = this.#checkout
    const preload = join(checkout, 'scripts/preload.mjs')
    const program = [process.execPath, '--import', preload, join(checkout, 'src/cli/main.ts')]
    const command = [...program, 'start', join(checkout, 'test/cluster/landscape.ts')]
    const child = spawn('ip', ['netns', 'exec', place.name, ...command], {
      cwd: checkout,
      env: {
        ...process.env,
        ...environment,
        HOST: '0.0.0.0',
        PORT: '8080',
        ISTHMUS_ROLE: role,
        ISTHMUS_LOG: 'json',
        ISTHMUS_DATA: join(folder, place.name),
      },
      stdio: ['ignore', log, log, 'ipc'],
    })
    closeSync(log)
    this.#child = child
    this.#paused = false
    child.once('exit', (code, signal) => {
      this.endings.push({ code, signal })
      setTimeout(() => {
        if (!this.#down && this.#child === child) this.#spawn()
      }, 500).unref()
    })
  }
}
