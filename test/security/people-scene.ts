import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type Answer,
  type Connector,
  flow,
  type Intake,
  IsthmusError,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  secret,
  system,
  Type,
} from '../../src/index.ts'
import type { LogEntry } from '../../src/observe/log.ts'
import { type Instance, startInstance } from '../../src/server/instance.ts'
import type { Grant } from '../../src/server/people/permissions.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import type { Store } from '../../src/store/store.ts'
import { until } from '../control/control-scene.ts'

export const canary = 'canary/7c4a8d09ca3762af'
export const goodPassword = 'correct horse battery'

const Order = model('Order', {
  version: 1,
  key: 'no',
  pii: ['buyer'],
  schema: Type.Object({ no: Type.String(), buyer: Type.String() }),
})

/** A browser: it keeps cookies, and sends the token of its session with every order. */
export class Browser {
  readonly cookies = new Map<string, string>()
  csrf = ''
  readonly #url: () => string

  constructor(url: () => string) {
    this.#url = url
  }

  get session(): string {
    return this.cookies.get('isthmus') ?? ''
  }

  async ask(
    path: string,
    options: { method?: string; body?: unknown; headers?: Record<string, string>; redirect?: 'manual' } = {},
  ): Promise<Response> {
    const { method, body, headers = {}, redirect } = options
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(new URL(path, this.#url()), {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(cookie && { cookie }),
        ...(this.csrf && { 'x-isthmus-csrf': this.csrf }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(redirect && { redirect }),
    })
    for (const line of response.headers.getSetCookie()) this.#keep(line)
    return response
  }

  /** The answer to a request that must succeed. */
  async get<T = Record<string, unknown>>(path: string, body?: unknown): Promise<T> {
    const response = await this.ask(path, { body })
    const text = await response.text()
    assert.equal(response.status, 200, `${path}: ${text}`)
    return JSON.parse(text) as T
  }

  async logIn(name: string, password = goodPassword, totp?: string): Promise<Response> {
    const response = await this.ask('/api/v1/login', { body: { name, password, ...(totp && { totp }) } })
    if (response.status === 200) this.csrf = ((await response.clone().json()) as { csrf: string }).csrf
    return response
  }

  #keep(line: string): void {
    const [, name = '', value = '', rest = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(line) ?? []
    if (/max-age=0/i.test(rest)) this.cookies.delete(name)
    else this.cookies.set(name, value)
  }
}

export interface PeopleScene {
  readonly instance: Instance
  readonly data: string
  readonly log: LogEntry[]
  browser(): Browser
  /** With the token of control.json. */
  local(path: string, body?: unknown): Promise<Response>
  /** Somebody with an account who has logged in, without the slow part of it. */
  person(name: string, grants: readonly Grant[]): Promise<Browser>
  /** Lets a message come to `alpha` or `beta`, and be parked there. */
  park(which: 'alpha' | 'beta', no: string): Promise<void>
}

/** Two systems that have nothing to do with one another: alpha reads from crm-a, beta from erp-b. With an owner. */
export async function peopleScene(
  t: TestContext,
  options: {
    environment?: Record<string, string>
    store?: Store
    withoutOwner?: boolean
    control?: { host?: string; port?: number }
  } = {},
): Promise<PeopleScene> {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-people-'))
  const log: LogEntry[] = []
  const intakes = new Map<string, PromiseWithResolvers<Intake>>()
  const instance = await startInstance({
    landscape: twoFlows(name => {
      const known = intakes.get(name) ?? Promise.withResolvers<Intake>()
      intakes.set(name, known)
      return known
    }),
    data,
    port: 0,
    store: options.store ?? memoryStore(),
    environment: { SHOP_TOKEN: canary, ...options.environment },
    log: entry => log.push(entry),
    control: { port: 0, ...options.control },
  })
  t.after(async () => {
    await instance.stop(1_000)
    rmSync(data, { recursive: true, force: true })
  })
  const { people } = instance
  const browser = () => new Browser(() => instance.control.url)
  const base = { origin: 'local', disabled: false, tokens: [], created: 1 } as const
  if (!options.withoutOwner)
    await people.accounts.create({ ...base, name: 'owner', grants: [{ role: 'admin' }] })
  return {
    instance,
    data,
    log,
    browser,
    local(path, body) {
      const { url, token } = instance.control
      const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      return fetch(url + path, { headers, ...sent })
    },
    async person(name, grants) {
      if (!people.accounts.find(name)) await people.accounts.create({ ...base, name, grants })
      const one = browser()
      one.cookies.set('isthmus', await people.sessions.begin(name, '127.0.0.1', 'test'))
      one.csrf = (await one.get<{ csrf: string }>('/api/v1/me')).csrf
      return one
    },
    async park(which, no) {
      const intake = await (intakes.get(which) as PromiseWithResolvers<Intake>).promise
      await intake.accept([{ id: no, data: { no, buyer: 'Li Na' } }])
      await until(async () => (await instance.operations.parked({ flow: which })).messages.length > 0)
    },
  }
}

function twoFlows(intakeOf: (name: string) => PromiseWithResolvers<Intake>) {
  const refuse = async (items: readonly unknown[]): Promise<Answer[]> =>
    items.map(() => ({ ok: false, error: new IsthmusError('TARGET-REFUSED', `no ${canary}`) }))
  const connector = (name: string): Connector => ({
    name: 'shop',
    summary: {},
    channels: () => ({}),
    connect: async context => {
      context.resolve(secret('SHOP_TOKEN'))
      return {
        source: () => ({
          run: (intake, signal) => {
            intakeOf(name).resolve(intake)
            return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
          },
        }),
        sink: () => ({ batch: 1, write: refuse }),
        check: async () => {},
        close: async () => {},
      }
    },
  })
  const parts = (['alpha', 'beta'] as const).map(name => {
    intakeOf(name)
    const own = name === 'alpha' ? 'crm-a' : 'erp-b'
    const base = { system: own, model: Order, options: {} }
    const source: SourceChannel<{ no: string; buyer: string }> = { ...base, role: 'source', name: 'orders' }
    const sink: SinkChannel<{ no: string; buyer: string }, typeof idempotent> = {
      ...base,
      role: 'sink',
      name: 'bookings',
      effect: idempotent,
    }
    return {
      system: system(own, { kind: 'other', connector: connector(name) }),
      flow: flow(name).from(source).to(sink),
    }
  })
  return landscape({
    name: 'test',
    systems: parts.map(part => part.system),
    flows: parts.map(part => part.flow),
  })
}
