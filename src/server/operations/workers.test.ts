import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leaseTime, type MemberState, type Standing } from '../../store/members.ts'
import { workersOf } from './workers.ts'

const member = (id: string, more: Partial<MemberState> = {}): MemberState => ({
  ...{
    id,
    name: id,
    roles: ['worker', 'scheduler'],
    version: '1',
    leaving: false,
    load: {},
    joined: 1,
    silent: 0,
  },
  ...more,
})
const self = {
  ...{ member: 'a', name: 'a', version: '1', startedAt: 1, partitions: 3 },
  sources: ['shop.orders', 'shop.buyers', 'wms.moves'],
  load: () => ({}),
}
const held = (name: string, holder: string | undefined) => ({ name, holder, token: 1 })

test('partitions that nobody holds and sources that nobody reads are told, also those that were never taken', () => {
  const standing: Standing = {
    members: [member('a'), member('b', { silent: leaseTime + 1 })],
    leases: [
      held('partition/0', 'a'),
      held('partition/1', undefined),
      held('source/shop.orders', 'a'),
      held('source/shop.buyers', undefined),
      held('source/gone.from-the-landscape', undefined),
    ],
  }
  const { unheld, unread, lease, workers } = workersOf(standing, self)
  assert.deepEqual([unheld, unread, lease], [[1, 2], ['shop.buyers', 'wms.moves'], leaseTime])
  assert.deepEqual(
    workers.map(({ id, state, self, sources }) => [id, state, self, sources]),
    [
      ['a', 'working', true, ['shop.orders']],
      ['b', 'silent', false, []],
    ],
  )
})

test('who does not know the landscape says nothing of sources', () => {
  const { unread, partitions } = workersOf(
    { members: [member('a')], leases: [held('partition/4', 'a')] },
    undefined,
  )
  assert.deepEqual([unread, partitions], [[], 5])
})
