import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../scripts/servers/kept.ts'
import { query, testUrl } from './postgres-fixture.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** examples/order-intake, started by the CLI in a process of its own. */
export interface StartedIntake {
  readonly url: string
  post(xml: string): Promise<{ status: number; body: Record<string, unknown> }>
  /** kill -9. */
  kill(): Promise<void>
  /** SIGTERM; gives the exit code. */
  stop(): Promise<number | null>
}

/** `store`: the URL of one in PostgreSQL. */
export async function startIntake(data: string, ordersDb: string, store?: string): Promise<StartedIntake> {
  const port = await freePort()
  const place = { ISTHMUS_DATA: data, ORDERS_DB: ordersDb, ...(store && { ISTHMUS_STORE: store }) }
  const env = { ...process.env, PORT: String(port), ...place }
  const child = isthmus(['start', 'examples/order-intake'], env)
  const said = Promise.all([text(child.stdout), text(child.stderr)])
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const url = `http://127.0.0.1:${port}`
  for (;;) {
    const ready = await fetch(`${url}/readyz`).then(
      answer => answer.ok,
      () => false,
    )
    if (ready) break
    if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}: ${(await said).join('')}`)
    await delay(50)
  }
  const end = (signal: NodeJS.Signals) => {
    child.kill(signal)
    return ended
  }
  return {
    url,
    post: xml => post(url, xml),
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
  }
}

async function post(url: string, xml: string) {
  const headers = { 'content-type': 'application/xml' }
  const response = await fetch(`${url}/orders`, { method: 'POST', headers, body: xml })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** `isthmus verify --json` on a stopped store: its exit code and what it printed. */
export async function verifyIntake(data: string) {
  const child = isthmus(['verify', 'examples/order-intake', '--json'], { ...process.env, ISTHMUS_DATA: data })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  if (code !== 0) throw new Error(`isthmus verify ended with exit code ${code}: ${out}${err}`)
  return JSON.parse(out) as {
    balanced: boolean
    flows: { accepted: number; delivered: number; parked: number }[]
  }
}

/** Whether a running one has recorded the end of all that it has accepted. */
export async function isAtRest(data: string): Promise<boolean> {
  const child = isthmus(['status', 'examples/order-intake', '--json'], { ...process.env, ISTHMUS_DATA: data })
  const { flows } = JSON.parse(await text(child.stdout)) as {
    flows: { accepted: number; ended: number; catchingUp?: boolean }[]
  }
  return flows.every(({ accepted, ended, catchingUp }) => ended === accepted && !catchingUp)
}

export function isthmus(args: string[], env: NodeJS.ProcessEnv) {
  return spawn(process.execPath, ['bin/isthmus.mjs', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export interface OrderRow {
  readonly order_id: string
  readonly customer_id: string
  readonly order_date: string
  readonly currency: string
  /** As the database prints it. */
  readonly total: string
  readonly doc: unknown
  readonly seen: number
  readonly at: unknown
}

export interface OrdersDatabase {
  /** For ORDERS_DB. */
  readonly url: string
  /** All rows; none while there is no table. */
  rows(): Promise<OrderRow[]>
  drop(): Promise<void>
}

const columns =
  'order_id, customer_id, cast(order_date as text) as order_date, currency, cast(total as text) as total'

/** An SQLite file in `folder`, which the caller deletes. */
export async function sqliteOrders(folder: string): Promise<OrdersDatabase> {
  const url = join(folder, 'orders.db')
  const rows = async () => {
    const db = new DatabaseSync(url, { timeout: 5_000 })
    try {
      if (!db.prepare(`select 1 from sqlite_master where name = 'orders'`).get()) return []
      const found = db.prepare(`select ${columns}, doc, seen, at from orders order by order_id`).all()
      return found.map(row => ({ ...row, doc: JSON.parse(row.doc as string) })) as unknown as OrderRow[]
    } finally {
      db.close()
    }
  }
  return { url, rows, drop: async () => {} }
}

/** A new database of the test server. */
export async function postgresOrders(): Promise<OrdersDatabase> {
  const name = `isthmus_orders_${randomBytes(6).toString('hex')}`
  await query(`create database ${name}`)
  const url = Object.assign(new URL(testUrl), { pathname: `/${name}` }).href
  const rows = async () => {
    const [table] = await query(`select to_regclass('orders') as found`, [], url)
    if (table?.found === null) return []
    return (await query(`select ${columns}, doc, seen, at from orders order by order_id`, [], url)) as never
  }
  return { url, rows, drop: async () => void (await query(`drop database ${name} with (force)`)) }
}

export interface OrderParts {
  readonly id: string
  readonly customer?: string
  readonly date?: string
  /** Quantity and price of each line. */
  readonly lines?: readonly (readonly [qty: string, price: string])[]
}

export function orderXml({
  id,
  customer = 'C-7',
  date = '2026-05-01',
  lines = [['2', '9.99']],
}: OrderParts): string {
  const lineXml = lines.map(
    ([qty, price], index) =>
      `<Line no="${index + 1}"><Sku>SKU-${index + 1}</Sku><Description>Thing ${index + 1}</Description>` +
      `<Qty>${qty}</Qty><Price>${price}</Price></Line>`,
  )
  return (
    `<Order><Header><OrderId>${id}</OrderId><CustomerId>${customer}</CustomerId><OrderDate>${date}</OrderDate>` +
    '<Currency>EUR</Currency><ShipTo><Name>Li Na</Name><Street>Main St 1</Street><City>Ulm</City>' +
    `<Country>DE</Country></ShipTo></Header><Lines>${lineXml.join('')}</Lines></Order>`
  )
}
