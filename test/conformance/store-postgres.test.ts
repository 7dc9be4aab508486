import { fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import type { StreamName } from '../../src/store/streams.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import type { StreamDamage } from '../../src/testing/store-suite/fixture.ts'
import { dropSchema, freshSchema, query, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

const owner = fileURLToPath(new URL('../recovery/postgres-owner.ts', import.meta.url))

async function make() {
  const schema = freshSchema()
  return {
    open: async () => postgresStore({ url: testUrl, schema }),
    destroy: () => dropSchema(schema),
    damage: (what: StreamDamage, { key }: StreamName, version: number) =>
      damagePostgres(schema, what, key, version),
    async elsewhere() {
      const child = fork(owner, [testUrl, schema])
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
  await query(texts[what])
}

if (withoutPostgres) describe('store postgres', () => it('conforms', { skip: withoutPostgres }, () => {}))
else describeStore('postgres', make, { durable: true })
