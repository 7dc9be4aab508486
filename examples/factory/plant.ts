import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Balance, ParkedPage, Status, TracedMessage } from '../../src/server/operations/schemas.ts'
import type { ErpTruth } from './erp/database.ts'
import type { SentEvent } from './mes/database.ts'
import { ask, freePort, type Running, start, startSimulated } from './processes.ts'
import type { ParkedEvent } from './proof.ts'
import type { FaultKind } from './simulated/faults.ts'

export const programs = ['erp', 'isthmus', 'mes'] as const

export type ProgramName = (typeof programs)[number]

interface Ports extends Readonly<Record<ProgramName, number>> {
  readonly control: number
}

/** The three processes of the factory: a MES, an ERP with finance, and Isthmus between them. */
export class Plant {
  readonly data: string
  readonly #ports: Ports
  readonly #traffic: { readonly rate: number; readonly seed: number }
  readonly #running = new Map<ProgramName, Running>()
  readonly token = randomBytes(24).toString('hex')
  readonly #hookSecret = `whsec_${randomBytes(24).toString('base64')}`
  readonly #lost = Promise.withResolvers<never>()

  private constructor(data: string, ports: Ports, traffic: { rate: number; seed: number }) {
    this.data = data
    this.#ports = ports
    this.#traffic = traffic
    this.#lost.promise.catch(() => {})
  }

  static async start(data: string, traffic: { rate: number; seed: number }): Promise<Plant> {
    const ports = {
      isthmus: await freePort(4800),
      mes: await freePort(4801),
      erp: await freePort(4802),
      control: await freePort(4803),
    }
    const plant = new Plant(data, ports, traffic)
    for (const name of programs) await plant.start(name)
    return plant
  }

  url(name: ProgramName | 'control'): string {
    return `http://127.0.0.1:${this.#ports[name]}`
  }

  /** Rejects when a program ends that nobody has told to. */
  get lost(): Promise<never> {
    return this.#lost.promise
  }

  async start(name: ProgramName): Promise<void> {
    const running = await this.#launch(name)
    this.#running.set(name, running)
    void running.ended.then(code => {
      if (this.#running.get(name) === running) this.#lost.reject(this.#failure(name, code))
    })
    if (name === 'isthmus') await this.#ready()
  }

  /** Kills a program as a power cut would. */
  async crash(name: ProgramName): Promise<void> {
    const running = this.#running.get(name)
    this.#running.delete(name)
    await running?.kill()
  }

  /** Isthmus finishes what it does; the simulated systems keep everything on disk anyway. */
  async stop(): Promise<void> {
    const isthmus = this.#running.get('isthmus')
    this.#running.delete('isthmus')
    await isthmus?.stop()
    for (const name of programs) await this.crash(name)
  }

  async fault(name: 'mes' | 'erp', kind: FaultKind, forSeconds = 0): Promise<void> {
    await ask(`${this.url(name)}/faults`, { kind, forSeconds })
  }

  traffic(): Promise<{ events: number; unsent: number }> {
    return ask(`${this.url('mes')}/traffic`)
  }

  async stopTraffic(): Promise<void> {
    await ask(`${this.url('mes')}/traffic`, { rate: 0 })
  }

  books(): Promise<{ issues: number; postings: number }> {
    return ask(`${this.url('erp')}/books`)
  }

  status(): Promise<Status> {
    return this.#control('status')
  }

  balance(): Promise<Balance> {
    return this.#control('balance')
  }

  /** Some of the messages that are set aside, the latest last. */
  async latestParked(): Promise<ParkedPage['messages']> {
    const { messages } = await this.#control<ParkedPage>('parked?status=all&limit=1000')
    return messages.sort((a, b) => a.since - b.since).slice(-5)
  }

  async #parked(): Promise<ParkedPage['messages']> {
    const messages: ParkedPage['messages'] = []
    for (let after = ''; ; ) {
      const page = await this.#control<ParkedPage>(`parked?status=all&limit=1000${after}`)
      messages.push(...page.messages)
      if (page.next === undefined) return messages
      after = `&after=${encodeURIComponent(page.next)}`
    }
  }

  async sentEvents(): Promise<readonly SentEvent[]> {
    return (await ask<{ events: SentEvent[] }>(`${this.url('mes')}/truth`)).events
  }

  erpTruth(): Promise<ErpTruth> {
    return ask(`${this.url('erp')}/truth`)
  }

  async parkedEvents(): Promise<ParkedEvent[]> {
    const events: ParkedEvent[] = []
    for (const { flow, seq, reason } of await this.#parked()) {
      const message = await this.#control<TracedMessage>(`flows/${flow}/messages/${seq}`)
      const consumption = message.hops[0]?.before as { eventId?: string } | undefined
      events.push({ eventId: consumption?.eventId ?? `${flow}/${seq}`, reason })
    }
    return events
  }

  #control<T>(path: string): Promise<T> {
    return ask(`${this.url('control')}/api/v1/${path}`, undefined, this.token)
  }

  #launch(name: ProgramName): Promise<Running> | Running {
    const log = this.#log(name)
    const store = join(this.data, name)
    const port = this.#ports[name]
    if (name === 'erp') return startSimulated('erp', { port, data: `${store}.db` }, { log })
    if (name === 'isthmus') return this.#launchIsthmus(store, log)
    const env = { MES_HOOK_SECRET: this.#hookSecret }
    const webhook = `${this.url('isthmus')}/hooks/mes/consumptions`
    return startSimulated('mes', { ...this.#traffic, port, data: `${store}.db`, webhook }, { env, log })
  }

  #launchIsthmus(data: string, log: string): Running {
    return start({
      file: fileURLToPath(new URL('../../bin/isthmus.mjs', import.meta.url)),
      args: ['start', fileURLToPath(new URL('.', import.meta.url))],
      // Lets it end with us, however we end.
      imports: [new URL('../../scripts/preload.mjs', import.meta.url).href],
      log,
      env: {
        PORT: String(this.#ports.isthmus),
        ISTHMUS_DATA: data,
        ISTHMUS_CONTROL_PORT: String(this.#ports.control),
        ISTHMUS_TOKEN: this.token,
        MES_HOOK_SECRET: this.#hookSecret,
        ERP_URL: this.url('erp'),
        FINANCE_URL: this.url('erp'),
      },
    })
  }

  async #ready(): Promise<void> {
    const ready = () =>
      fetch(`${this.url('isthmus')}/readyz`).then(
        answer => answer.ok,
        () => false,
      )
    while (this.#running.has('isthmus') && !(await Promise.race([ready(), this.lost]))) await delay(100)
  }

  #log(name: ProgramName): string {
    return join(this.data, `${name}.log`)
  }

  #failure(name: ProgramName, code: number | null): Error {
    const end = readFileSync(this.#log(name), 'utf8').trim().split('\n').slice(-5).join('\n')
    return new Error(`${name} ended by itself with exit code ${code}:\n${end}`)
  }
}
