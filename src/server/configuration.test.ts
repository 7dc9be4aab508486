import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { landscape } from '../flow/landscape.ts'
import { configurationOf } from './configuration.ts'

const empty = landscape({ name: 'plant', systems: [], flows: [] })

test('without settings: in the current directory, on this machine only, port 8080', () => {
  const { data, storeUrl, intake, control, token, retention } = configurationOf(empty, {})
  assert.equal(data, resolve('.isthmus/plant'))
  assert.deepEqual(
    [intake, control],
    [
      { host: '127.0.0.1', port: 8080 },
      { host: '127.0.0.1', port: 8090, orFree: true },
    ],
  )
  assert.deepEqual([storeUrl, token, retention], [undefined, undefined, { age: undefined, bytes: undefined }])
})

test('what the environment says is taken, and what it says wrongly is refused by name', () => {
  const environment = {
    ISTHMUS_DATA: '/data',
    ISTHMUS_STORE: 'postgres://db/isthmus',
    HOST: '0.0.0.0',
    PORT: '0',
    ISTHMUS_KEEP: '30d',
    ISTHMUS_KEEP_BYTES: '1000',
    ISTHMUS_CLUSTER: 'plant-7',
  }
  const { data, storeUrl, intake, retention, cluster } = configurationOf(empty, environment)
  assert.deepEqual([data, storeUrl, intake], ['/data', 'postgres://db/isthmus', { host: '0.0.0.0', port: 0 }])
  assert.deepEqual(retention, { age: 30 * 86_400_000, bytes: 1000 })
  assert.equal(cluster, 'plant-7')
  const wrong = {
    PORT: '65536',
    ISTHMUS_CONTROL_PORT: 'x',
    ISTHMUS_STORE: 'mysql://db',
    ISTHMUS_TOKEN: 'short',
    ISTHMUS_KEEP: '30 days',
    ISTHMUS_KEEP_BYTES: '1GB',
    ISTHMUS_CLUSTER: 'plant 7',
  }
  for (const [name, value] of Object.entries(wrong))
    assert.throws(() => configurationOf(empty, { [name]: value }), new RegExp(`${name} `), name)
})
