import { randomUUID } from 'node:crypto'
import { access, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  acceptPatiently,
  type ConnectContext,
  type Connection,
  type Connector,
  channelId,
  checkName,
  checkOptionNames,
  describeSetting,
  IsthmusError,
  idempotent,
  json,
  type Model,
  type OptionNames,
  type Outgoing,
  pause,
  reasonOf,
  type Setting,
  type Sink,
  type SinkChannel,
  type Source,
  type SourceChannel,
} from 'isthmus/connector'

/** What a system with this connector can declare. */
export interface SpoolChannels {
  /** A source: each file of the folder is a message. What was accepted is moved to `done`. */
  inbox<T>(name: string, model: Model<T>): SourceChannel<T>
  /** A sink: one file per message, under its effect key. The receiver moves what it has read to `done`. */
  outbox<T>(name: string, model: Model<T>): SinkChannel<T, typeof idempotent>
}

export interface SpoolOptions {
  /** A folder that exists. */
  readonly directory: Setting
}

const spoolNames: OptionNames<SpoolOptions> = { directory: 'needed' }

/** Channels that were made here. */
const own = new WeakSet<object>()
const codec = json()

/** Messages as JSON files in the folders of a spool directory, one folder per channel. */
export function spool(options: SpoolOptions): Connector<SpoolChannels> {
  checkOptionNames('spool()', options, spoolNames)
  const { directory } = options
  const channel = <C extends { readonly name: string }>(parts: C): C => {
    checkName('channel', parts.name)
    own.add(parts)
    return Object.freeze(parts)
  }
  return {
    name: 'spool',
    summary: { directory: describeSetting(directory) },
    channels: system => ({
      inbox: (name, model) =>
        channel({ role: 'source', system, name, model, options: {}, decode: codec.decode }),
      outbox: (name, model) =>
        channel({ role: 'sink', system, name, model, options: {}, effect: idempotent }),
    }),
    connect: async context => connection(context.resolve(directory), context),
  }
}

function connection(directory: string, { system }: ConnectContext): Connection {
  const folderOf = (channel: SourceChannel<unknown> | SinkChannel<unknown>): string => {
    if (own.has(channel) && channel.system === system) return join(directory, channel.name)
    throw new IsthmusError('FLOW-DEFINITION', `${channelId(channel)} is no channel of ${system}.`)
  }
  return {
    source: channel => spoolSource(folderOf(channel)),
    sink: channel => spoolSink(folderOf(channel)),
    check: () => access(directory),
    close: async () => {},
  }
}

/** Ids are file names: what is delivered again after a crash is a duplicate. */
function spoolSource(folder: string): Source {
  return {
    async run(intake, signal) {
      await mkdir(join(folder, 'done'), { recursive: true })
      while (!signal.aborted) {
        const names = (await readdir(folder))
          .filter(name => name.endsWith('.json'))
          .sort()
          .slice(0, 100)
        const bodies = await Promise.all(names.map(name => readFile(join(folder, name))))
        const deliveries = bodies.map((body, n) => ({ id: names[n], body }))
        if (names.length === 0) await pause(200, signal)
        // Only what is durable leaves the folder.
        else if (await acceptPatiently(intake, deliveries, {}, signal))
          for (const name of names) await rename(join(folder, name), join(folder, 'done', name))
      }
    },
  }
}

/** The effect key names the file, so that a repeated call finds the message there. */
function spoolSink(folder: string): Sink {
  const write = async ({ data, effectKey }: Outgoing) => {
    const name = `${Buffer.from(effectKey).toString('hex')}.json`
    const bytes = codec.encode(data)
    const draft = join(folder, `${randomUUID()}.draft`)
    try {
      await mkdir(join(folder, 'done'), { recursive: true })
      if (await isThere(join(folder, 'done', name))) return
      await writeFile(draft, bytes, { flush: true })
      await rename(draft, join(folder, name))
      await syncFolder(folder)
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => {})
      // The file may be there all the same: an idempotent channel is just called again.
      throw new IsthmusError('TARGET-UNANSWERED', `${name} was not written: ${reasonOf(cause)}`, { cause })
    }
  }
  const answer = (item: Outgoing) =>
    write(item).then(
      () => ({ ok: true as const }),
      error => ({ ok: false as const, error }),
    )
  return { batch: 20, write: items => Promise.all(items.map(answer)) }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Makes new names durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}
