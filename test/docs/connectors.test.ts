import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const read = (file: string) => readFileSync(join(import.meta.dirname, '../..', file), 'utf8')

test('docs/connectors.md shows the connector and the suites as they run', () => {
  const shown = [...read('docs/connectors.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, code]) => code ?? '',
  )
  assert.equal(shown.length, 2)
  assert.equal(shown[0], read('examples/own-connector/spool.ts'))
  assert.ok(read('examples/own-connector/spool.test.ts').includes(shown[1] as string))
})

test('docs/connectors/rpc.md shows its example as it runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('docs/connectors/rpc.md')) ?? []
  assert.equal(shown, read('examples/rpc/isthmus.ts'))
})

test('docs/connectors/sql.md shows its example as it runs', () => {
  const [, shown] = /```ts\n([\s\S]*?)```/.exec(read('docs/connectors/sql.md')) ?? []
  assert.equal(shown, read('examples/sql/isthmus.ts'))
})
