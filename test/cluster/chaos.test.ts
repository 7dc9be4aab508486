import { test } from 'node:test'
import { withoutCluster } from '../recovery/postgres-cluster.ts'
import { chaos } from './chaos.ts'
import { withoutNamespaces } from './namespaces.ts'

test('members are killed, stopped and cut off while orders come: nothing is lost, doubled or out of order', {
  skip: withoutNamespaces || withoutCluster,
}, async t => {
  await chaos(t, { seed: 1, time: 10_000, tell: line => t.diagnostic(line) })
})
