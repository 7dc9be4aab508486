import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { model, system, Type } from 'isthmus'
import type { Connection } from 'isthmus/connector'
import {
  connectContext,
  describeSink,
  describeSource,
  type SinkFixture,
  type SourceFixture,
  type SuiteRecord,
} from 'isthmus/testing'
import { spool } from './spool.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Number(), text: Type.String() }) })

describeSource('spool inbox', inbox, { ordered: true, identified: true, resumable: false, readAhead: 100 })
describeSink('spool outbox', outbox, { effect: 'idempotent' })

async function inbox(): Promise<SourceFixture> {
  const { directory, owner, connect } = await spooled()
  const channel = owner.inbox('rows', Row)
  const folder = join(directory, 'rows')
  await mkdir(folder)
  return {
    async put(records) {
      await connect()
      const path = ({ n }: SuiteRecord, ending: string) =>
        join(folder, `${String(n).padStart(8, '0')}${ending}`)
      await Promise.all(records.map(record => writeFile(path(record, '.draft'), JSON.stringify(record))))
      for (const record of records) await rename(path(record, '.draft'), path(record, '.json'))
    },
    async open() {
      const connection = await connect()
      const close = () => connection.close()
      return { source: () => roleOf(connection.source)(channel), close, kill: close }
    },
    recordOf: ({ body }) => JSON.parse(Buffer.from(body ?? []).toString()),
    acknowledged: async () => (await namesIn(join(folder, 'done'))).map(name => Number.parseInt(name, 10)),
    destroy: () => rm(directory, { recursive: true }),
  }
}

async function outbox(): Promise<SinkFixture> {
  const { directory, owner, connect } = await spooled()
  const channel = owner.outbox('rows', Row)
  return {
    async open() {
      const connection = await connect()
      return { sink: () => roleOf(connection.sink)(channel), close: () => connection.close() }
    },
    effects: () => recordsIn(join(directory, 'rows')),
    destroy: () => rm(directory, { recursive: true }),
  }
}

/** A system with a spool of its own. */
async function spooled() {
  const directory = await mkdtemp(join(tmpdir(), 'spool-'))
  const owner = system('shop', { kind: 'other', connector: spool({ directory }) })
  const connect = (): Promise<Connection> => owner.connector.connect(connectContext({ system: owner.name }))
  return { directory, owner, connect }
}

function roleOf<R>(role: R | undefined): R {
  if (role === undefined) throw new Error('the connector does not play this role')
  return role
}

async function recordsIn(folder: string): Promise<SuiteRecord[]> {
  const names = await namesIn(folder)
  return Promise.all(names.map(async name => JSON.parse(await readFile(join(folder, name), 'utf8'))))
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.json'))
}
