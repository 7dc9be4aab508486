import assert from 'node:assert/strict'
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type TSchema, Type } from 'typebox'
import { type FilesChannels, files, type ReadOptions } from '../../src/connectors/files/index.ts'
import type { Json } from '../../src/message/json-value.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { SourceChannel } from '../../src/system/channel.ts'
import type { Connection } from '../../src/system/connector.ts'
import type { AcceptOptions, Intake, Receipt } from '../../src/system/roles.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

export const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

/** A folder of its own that goes with the test. */
export async function testFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-files-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export function shopAt(folder: string): System & FilesChannels {
  return system('shop', { kind: 'files', connector: files({ folder }) })
}

export function connectTo(shop: System, log: (text: string) => void = () => {}): Promise<Connection> {
  return shop.connector.connect(connectContext({ system: shop.name, log: (_level, text) => log(text) }))
}

/** Keeps what an engine would have made durable: every identity once, and the position with it. */
export class Kept implements Intake {
  readonly deliveries: Delivery[] = []
  stored: Json | undefined
  readonly #ids = new Set<string>()

  async position(): Promise<Json | undefined> {
    return this.stored
  }

  async accept(deliveries: readonly Delivery[], { position }: AcceptOptions = {}): Promise<Receipt[]> {
    this.stored = position ?? this.stored
    return deliveries.map(delivery => {
      const isKnown = delivery.id !== undefined && this.#ids.has(delivery.id)
      if (delivery.id !== undefined) this.#ids.add(delivery.id)
      if (!isKnown) this.deliveries.push(delivery)
      return { status: isKnown ? 'duplicate' : 'accepted', id: delivery.id ?? '' }
    })
  }

  get data(): unknown[] {
    return this.deliveries.filter(each => each.defect === undefined).map(each => each.data)
  }

  get defects(): Delivery[] {
    return this.deliveries.filter(each => each.defect !== undefined)
  }
}

/** Runs a source until the condition holds, and stops it. */
export async function runUntil(
  channel: SourceChannel<unknown>,
  intake: Intake,
  connection: Connection,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const ending = new AbortController()
  assert.ok(connection.source)
  let failure: unknown
  const running = connection
    .source(channel)
    .run(intake, ending.signal)
    .catch(error => {
      failure = error
    })
  await until(async () => failure !== undefined || condition())
  ending.abort()
  await running
  if (failure !== undefined) throw failure
}

export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 5))
}

/** Reads one file to its end with a channel of these options. */
export async function readFile(
  t: TestContext,
  content: string | Uint8Array,
  options: Omit<ReadOptions, 'pattern'>,
  schema: TSchema = Type.Unknown(),
): Promise<Kept & { folder: string }> {
  const folder = await testFolder(t)
  const shop = shopAt(folder)
  const Rows = model('Rows', { version: 1, schema })
  const channel = shop.read('rows', Rows, { pattern: '*', every: '5ms', settle: '0s', ...options })
  await writeFile(join(folder, 'rows.txt'), content)
  const kept = Object.assign(new Kept(), { folder })
  await runUntil(channel, kept, await connectTo(shop), () => isThrough(folder))
  return kept
}

async function isThrough(folder: string): Promise<boolean> {
  const failed = await namesIn(folder, 'failed')
  return failed.some(name => name.endsWith('.reason.txt')) || (await namesIn(folder, 'done')).length > 0
}

/** The visible names in a folder, those of the connector's own folders left out. */
export async function namesIn(...path: string[]): Promise<string[]> {
  const names = await readdir(join(...path)).catch(() => [])
  return names.filter(name => !['.isthmus', 'done', 'failed'].includes(name)).sort()
}

/** Writes like a careful writer: the file is complete before it has its name. */
export async function putFile(folder: string, name: string, content: string | Uint8Array): Promise<void> {
  await writeFile(join(folder, `${name}.part`), content)
  await rename(join(folder, `${name}.part`), join(folder, name))
}
