import assert from 'node:assert/strict'
import { it } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import type { StoreReader } from '../../store/store.ts'
import {
  appendOf,
  cursorOf,
  ended,
  flowState,
  message,
  messages,
  plain,
  rejectsWith,
  settlement,
  waiting,
} from '../store-suite/fixture.ts'
import type { MembersSubject } from './fixture.ts'
import { short, taken, takenWhenFree, withMembers } from './fixture.ts'

export function fenceScenarios(subject: MembersSubject): void {
  it('lets the holder of a lease write, and nobody who shows another token', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const lease = await taken(a, 'partition/0')
      await a.store.accept(messages(3))
      await a.store.settle(settlement(lease, 2, { settled: [ended(1)], unfinished: [waiting(2)] }))
      const before = await everything(b.store.read)
      const others = [0, 1_000_000, a.membership.token, b.membership.token]
      for (const token of others) {
        const what = settlement({ ...lease, token }, 3, { settled: [ended(2), ended(3)] })
        await rejectsWith('STORE-FENCED', b.store.settle(what))
      }
      assert.deepEqual(await everything(b.store.read), before)
      assert.equal(cursorOf(await flowState(b.store.read)), 2)
    }))

  it('refuses a lease that was given back, and lets the next holder write', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const lease = await taken(a, 'partition/0')
      await a.store.accept(messages(2))
      await a.membership.give([lease])
      await rejectsWith('STORE-FENCED', a.store.settle(settlement(lease, 1, { settled: [ended(1)] })))
      await rejectsWith('STORE-FENCED', a.store.append([appendOf('a', 0)], lease.token))
      const next = await taken(b, 'partition/0')
      await rejectsWith('STORE-FENCED', a.store.settle(settlement(lease, 1, { settled: [ended(1)] })))
      await b.store.settle(settlement(next, 1, { settled: [ended(1)] }))
      assert.equal(cursorOf(await flowState(a.store.read)), 1)
    }))

  it('lets a member append by its own token until it leaves, and by that of a lease', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const lease = await taken(a, 'coordination')
      await a.store.append([appendOf('a', 0, 1, { messages: [message(1)] })], a.membership.token)
      await a.store.append([appendOf('a', 1, 1, { messages: [message(2)] })], lease.token)
      await b.store.append([appendOf('a', 2)], b.membership.token)
      await a.membership.leave()
      const late = [appendOf('a', 3, 1, { messages: [message(3)] })]
      await rejectsWith('STORE-FENCED', b.store.append(late, a.membership.token))
      await rejectsWith('STORE-FENCED', b.store.append(late, lease.token))
      const [head] = await b.store.read.streams.heads({ limit: 9 })
      assert.equal(head?.version, 3)
      assert.equal((await flowState(b.store.read)).head, 2)
    }))

  it('keeps neither messages nor position of a source whose lease is lost', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const { token } = await taken(a, 'source/mes.orders')
      await a.store.accept([message(1)], { source: 'mes', position: 1, token })
      await a.membership.leave()
      const next = await taken(b, 'source/mes.orders')
      const late = { source: 'mes', position: 2, token }
      await rejectsWith('STORE-FENCED', b.store.accept([message(2)], late))
      await rejectsWith('STORE-FENCED', b.store.accept([], late))
      assert.equal(await b.store.read.position('mes'), 1)
      assert.equal((await flowState(b.store.read)).head, 1)
      await b.store.accept([message(2)], { ...late, token: next.token })
      assert.equal(await b.store.read.position('mes'), 2)
    }))

  it('lets what is refused leave alone what is asked at the same moment', () =>
    withMembers(subject, async ({ join }) => {
      const a = await join()
      const leases = await a.membership.take(['partition/0', 'partition/1', 'partition/2'])
      const [lost] = leases
      assert.ok(lost)
      await a.membership.give([lost])
      await a.store.accept(messages(30))
      const calls = Array.from({ length: 30 }, (_, n) => {
        const { token } = leases[n % 3] ?? lost
        const at = { source: `source ${n}`, position: n, token }
        const three: Promise<unknown>[] = [
          a.store.settle(settlement({ token, clean: true }, 0, { settled: [ended(n + 1)] })),
          a.store.append([appendOf(`k${n}`, 0)], token),
          a.store.accept([message(100 + n)], at),
        ]
        return n % 3 === 0 ? three.map(call => rejectsWith('STORE-FENCED', call)) : three
      })
      await Promise.all(calls.flat())
      assert.equal((await a.store.read.settled({ flow: 'orders', from: 1, to: 30 })).length, 20)
      assert.equal((await a.store.read.streams.heads({ limit: 99 })).length, 20)
      assert.equal((await flowState(a.store.read)).head, 50)
    }))

  it('changes nothing more once another has taken over, whatever was under way', () =>
    withMembers(subject, async ({ join }) => {
      const heir = await join()
      const slow = await join({ lease: short })
      const lease = await taken(slow, 'partition/0')
      const refused = new Set<unknown>()
      let [n, over] = [0, false]
      const write = async () => {
        n++
        const at = { source: 'mes', position: n, token: lease.token }
        const calls = [
          slow.store.accept([message(n)], at),
          slow.store.settle(settlement(lease, n, { settled: [ended(n)] })),
          slow.store.append([appendOf(`k${n}`, 0)], lease.token),
        ]
        for (const call of await Promise.allSettled(calls))
          if (call.status === 'rejected') refused.add(call.reason instanceof IsthmusError && call.reason.code)
      }
      const lane = async () => {
        while (!over) {
          await write()
          // A store in memory answers before any timer would run.
          await new Promise(setImmediate)
        }
      }
      // Good even if the lease has expired by now: nobody has taken it yet.
      await write()
      const lanes = [lane(), lane(), lane()]
      await takenWhenFree(heir, 'partition/0')
      const before = await everything(heir.store.read)
      for (let more = 0; more < 5; more++) await write()
      over = true
      await Promise.all(lanes)
      assert.deepEqual([...refused], ['STORE-FENCED'])
      assert.deepEqual(await everything(heir.store.read), before)
      assert.ok(before.flows.length > 0, 'something was written before')
    }))
}

async function everything(reader: StoreReader) {
  return {
    flows: plain(await reader.flows()) as unknown[],
    settled: await reader.settled({ flow: 'orders', from: 1, to: 1_000_000 }),
    unfinished: await reader.unfinished({ flow: 'orders', limit: 1000 }),
    position: await reader.position('mes'),
    streams: plain(await reader.streams.heads({ limit: 100_000 })),
  }
}
