import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { it } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A process in which the packages pg and mysql2 are not installed. */
const script = `
import { registerHooks } from 'node:module'
registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'pg' || specifier.startsWith('mysql2')) throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
    return next(specifier, context)
  },
})
const { sql } = await import(${JSON.stringify(new URL('../../src/connectors/sql/index.ts', import.meta.url).href)})
const context = { system: 'erp', routes: {}, resolve: String, now: Date.now, log() {} }
await (await sql({ url: 'absent.db' }).connect(context)).close()
for (const url of ['postgres://localhost/erp', 'mysql://localhost/erp'])
  await sql({ url }).connect(context).catch(error => console.log(error.code, error.message))
`

it('the sql connector says which package a server needs, and only then', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script])
  assert.match(stdout, /^CONFIG-DRIVER .*npm install pg\nCONFIG-DRIVER .*npm install mysql2\n$/)
})
