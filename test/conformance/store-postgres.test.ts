import { fork } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import { dropSchema, freshSchema, testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'

const owner = fileURLToPath(new URL('../recovery/postgres-owner.ts', import.meta.url))

async function make() {
  const schema = freshSchema()
  return {
    open: async () => postgresStore({ url: testUrl, schema }),
    destroy: () => dropSchema(schema),
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

if (withoutPostgres) describe('store postgres', () => it('conforms', { skip: withoutPostgres }, () => {}))
else describeStore('postgres', make, { durable: true })
