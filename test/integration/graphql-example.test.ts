import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import example from '../../examples/graphql/isthmus.ts'
import { freePort } from '../../scripts/servers/kept.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { until } from './graphql-harness.ts'

const server = join(import.meta.dirname, '../../examples/graphql/server.ts')

test('the documents of the example fit its schema, and its server answers', async t => {
  const port = await freePort()
  const child = spawn(process.execPath, [server], { env: { ...process.env, PORT: String(port) } })
  t.after(async () => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  })
  const crm = example.systems.find(({ name }) => name === 'crm') ?? assert.fail('no crm')
  const settings = { CRM_URL: `http://127.0.0.1:${port}/graphql` }
  const connection = await crm.connector.connect(connectContext({ system: 'crm', settings }))
  t.after(() => connection.close())
  let reached = false
  let asking = false
  await until(() => {
    if (!asking) {
      asking = true
      connection.check().then(
        () => (reached = true),
        () => (asking = false),
      )
    }
    return reached
  })
})
