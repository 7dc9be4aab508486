import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { StreamName } from '../../src/store/streams.ts'
import type { StoreFixture, StreamDamage } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query } from '../recovery/postgres-fixture.ts'

const owner = fileURLToPath(new URL('../recovery/postgres-owner.ts', import.meta.url))

/** Stores behind `url`, each in a schema of its own. */
export async function postgresFixture(url: string): Promise<StoreFixture> {
  const schema = freshSchema()
  return {
    open: async () => postgresStore({ url, schema }),
    destroy: () => dropSchema(schema, url),
    damage: (what, { key }: StreamName, version) => damagePostgres(url, schema, what, key, version),
    async elsewhere() {
      const child = fork(owner, [url, schema])
      await once(child, 'message')
      return {
        async kill() {
          child.kill('SIGKILL')
          await once(child, 'exit')
        },
      }
    },
  }
}

async function damagePostgres(
  url: string,
  schema: string,
  what: StreamDamage,
  key: string,
  version: number,
): Promise<void> {
  const stream = `(SELECT no FROM "${schema}".streams WHERE key = convert_to('${key}', 'UTF8'))`
  const events = `"${schema}".events`
  const of = `stream = ${stream} AND version = ${version}`
  const texts = {
    'data-changed': `UPDATE ${events} SET data = replace(data, '3', '4') WHERE ${of}`,
    removed: `DELETE FROM ${events} WHERE ${of}`,
    swapped: `UPDATE ${events} AS a SET data = b.data, prev = b.prev, checksum = b.checksum FROM ${events} AS b
      WHERE a.stream = ${stream} AND b.stream = a.stream AND a.version IN (${version - 1}, ${version})
        AND b.version = ${version - 1} + ${version} - a.version`,
    'state-changed': `UPDATE "${schema}".streams SET state = 'other' WHERE no = ${stream}`,
    'snapshot-changed': `UPDATE "${schema}".snapshots SET data = '2' WHERE stream = ${stream}`,
  }
  await query(texts[what], [], url)
}
