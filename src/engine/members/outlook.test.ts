import assert from 'node:assert/strict'
import { test } from 'node:test'
import { coordinationLease, partitionLease, type Role, sourceLease } from '../../store/members.ts'
import { outlookOf } from './outlook.ts'
import { Picture } from './picture.ts'
import { groupsOf } from './tenure.ts'

const member = (id: string, roles: readonly Role[], silent: number) => {
  return { id, name: id, roles, version: '1', leaving: false, load: null, joined: 0, silent }
}
const none = { partition: 0, source: 0, coordination: 0 }
const lease = (name: string, holder?: string) => ({ name, holder, token: 1 })

test('members count by each of their roles while they live, and as lost for ten minutes once they are silent', () => {
  const members = [
    member('a', ['intake', 'worker', 'scheduler'], 0),
    member('b', ['worker'], 10_000),
    member('dead', ['worker'], 10_001),
    member('long dead', ['worker'], 600_001),
  ]
  const { living, lost } = Picture.of({ members, leases: [] }, 10_000)
  assert.deepEqual(living, { intake: 1, worker: 2, scheduler: 1 })
  assert.equal(lost, 1)
})

test('what nobody holds counts by kind, whether anybody ever held it or not, and only what the landscape has', () => {
  const groups = groupsOf(3, ['shop.orders', 'shop.prices'])
  const leases = [
    lease(partitionLease(0), 'a'),
    lease(partitionLease(1)),
    lease(coordinationLease, 'a'),
    lease(sourceLease('shop.orders'), 'a'),
    lease(sourceLease('shop.of an earlier release')),
  ]
  const picture = Picture.of({ members: [member('a', ['worker', 'scheduler'], 0)], leases }, 10_000)
  assert.deepEqual(outlookOf(groups, picture, new Map()).unheld, { partition: 2, source: 1, coordination: 0 })
  assert.deepEqual(outlookOf(groups, undefined, new Map()).unheld, none)
  const takenSince = new Map([1, 2].map(partition => [partitionLease(partition), true]))
  const { held, unheld } = outlookOf(groups, picture, takenSince)
  assert.deepEqual(
    [held, unheld],
    [
      { ...none, partition: 2 },
      { ...none, source: 1 },
    ],
  )
})
