import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { leaseTime, type NewMember, type Wake } from '../members.ts'
import { memoryState } from '../memory/memory-state.ts'
import { memoryStore } from '../memory/memory-store.ts'
import type { NewMessage, Settlement, Store } from '../store.ts'
import { shareStore } from './share-store.ts'

const vitals = { leaving: false, load: {} }

function member(id: string): NewMember {
  return { id, name: id, roles: ['worker'], version: '1' }
}

/** Time that moves when it is told to. */
function clockAt(start: number) {
  let at = start
  const due: { at: number; callback: () => void }[] = []
  return {
    now: () => at,
    monotonic: () => at,
    after: (ms: number, callback: () => void) => {
      const timer = { at: at + ms, callback }
      due.push(timer)
      return () => {
        if (due.includes(timer)) due.splice(due.indexOf(timer), 1)
      }
    },
    async pass(ms: number) {
      at += ms
      for (const timer of due.filter(each => each.at <= at)) {
        due.splice(due.indexOf(timer), 1)
        timer.callback()
      }
      await settled()
    },
  }
}

const settled = () => new Promise(resolve => setImmediate(resolve))

async function shared(inner: Store = memoryStore()) {
  const claim = await inner.claim('test', { partitions: 4 })
  const clock = clockAt(1_700_000_000_000)
  const store = shareStore(inner, claim, clock)
  return { store, clock, claim }
}

const order = (n: number): NewMessage => ({
  flows: [{ flow: 'orders', partition: 0, key: 'k' }],
  id: `id-${n}`,
  head: { source: 's', type: 't', time: n, contentType: 'application/json' },
  body: new TextEncoder().encode(`${n}`),
  acceptedAt: n,
})

const settlement = (token: number, cursor = 1): Settlement => ({
  ...{ flow: 'orders', partition: 0, token, cursor, unfinished: [] },
  settled: [{ seq: cursor, outcome: 'delivered', at: 1, attempts: 1 }],
})

async function rejects(code: string, promise: Promise<unknown>): Promise<void> {
  await assert.rejects(promise, error => error instanceof IsthmusError && error.code === code)
}

describe('a store that members of one process share', () => {
  it('gives a lease to one at a time, with tokens that grow beyond those of any claim before', async () => {
    const state = memoryState()
    const first = await shared(memoryStore(state))
    const a = await first.store.join(member('a'))
    const b = await first.store.join(member('b'))
    const [one, two] = await a.take(['partition/0', 'partition/1'])
    assert.deepEqual(await b.take(['partition/0']), [])
    assert.ok(one && two && a.token < one.token && b.token < one.token && one.token < two.token)
    assert.ok(first.claim.token < a.token)
    await first.store.close()
    const second = await shared(memoryStore(state))
    const c = await second.store.join(member('c'))
    assert.ok(c.token > two.token)
    assert.ok(Number.isSafeInteger(c.token))
  })

  it('lets nobody write who has lost the lease, and everybody else', async () => {
    const { store, clock, claim } = await shared()
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    await store.accept([order(1), order(2), order(3)])
    const [mine] = await a.take(['partition/0'])
    assert.ok(mine)
    await store.settle(settlement(mine.token))
    await clock.pass(leaseTime + 1)
    await store.settle(settlement(mine.token))
    const [theirs] = await b.take(['partition/0'])
    assert.ok(theirs)
    assert.equal(theirs.clean, false)
    await rejects('STORE-FENCED', store.settle(settlement(mine.token, 2)))
    await rejects('STORE-FENCED', store.accept([order(4)], { source: 's', position: 1, token: mine.token }))
    await rejects('STORE-FENCED', store.append([], mine.token))
    assert.equal(await store.read.position('s'), undefined)
    await store.settle(settlement(theirs.token, 2))
    await store.settle(settlement(claim.token, 3))
    await store.append([], b.token)
    await b.leave()
    await rejects('STORE-FENCED', store.append([], b.token))
    await rejects('STORE-FENCED', store.settle(settlement(theirs.token, 3)))
    await rejects('STORE-FENCED', b.beat(vitals))
  })

  it('lengthens by a sign of life what nobody has taken meanwhile', async () => {
    const { store, clock } = await shared()
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    const [mine] = await a.take(['coordination'])
    await clock.pass(3 * leaseTime)
    assert.equal((await store.read.standing()).leases[0]?.holder, undefined)
    const { leases } = await a.beat(vitals)
    assert.deepEqual(leases, [{ name: 'coordination', holder: 'a', token: mine?.token }])
    assert.deepEqual(await b.take(['coordination']), [])
  })

  it('says of each lease whether the one before gave it back, and first what the claim said', async () => {
    const state = memoryState()
    await memoryStore(state).claim('crashed')
    state.owner = undefined
    const { store } = await shared(memoryStore(state))
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    const [first] = await a.take(['partition/0'])
    assert.equal(first?.clean, false)
    await a.give([first])
    const [second] = await b.take(['partition/0'])
    assert.equal(second?.clean, true)
    await a.give([first])
    assert.deepEqual(await a.take(['partition/0']), [], 'an old token gives nothing back')
    b.lose()
    assert.equal((await a.take(['partition/0']))[0]?.clean, false)
  })

  it('hands over a lease once what its holder was writing is over', async () => {
    const inner = memoryStore()
    const gate = Promise.withResolvers<void>()
    const slow: Store = {
      ...inner,
      settle: async each => {
        await gate.promise
        await inner.settle(each)
      },
    }
    const { store, clock } = await shared(slow)
    await store.accept([order(1)])
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    const [mine] = await a.take(['partition/0'])
    assert.ok(mine)
    const writing = store.settle(settlement(mine.token))
    await clock.pass(leaseTime + 1)
    await b.beat(vitals)
    let isTaken = false
    const taking = b.take(['partition/0']).finally(() => {
      isTaken = true
    })
    await settled()
    assert.equal(isTaken, false)
    await rejects('STORE-FENCED', store.settle(settlement(mine.token)))
    gate.resolve()
    await writing
    assert.equal((await taking).length, 1)
    assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: 1 })).length, 1)
  })

  it('wakes the others when something may be there for them', async () => {
    const { store } = await shared()
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    const heard: Wake[] = []
    a.onWake(wake => heard.push(wake))
    await b.beat(vitals)
    await b.beat(vitals)
    await store.accept([order(1)])
    await b.give(await b.take(['partition/0']))
    assert.deepEqual(heard, ['leases', 'messages', 'leases'])
    await a.give(await a.take(['partition/0']))
    assert.equal(heard.length, 3, 'not by what it does itself')
  })

  it('brings requests to the holder, and to the next one if that dies', async () => {
    const { store, clock } = await shared()
    const a = await store.join(member('a'))
    const b = await store.join(member('b'))
    const c = await store.join(member('c'))
    await a.take(['coordination'])
    await clock.pass(0)
    a.onRequest(() => new Promise(() => {}))
    b.onRequest(async (lease, request) => ({ lease, request }))
    const answer = c.ask('coordination', 'do it')
    await settled()
    a.lose()
    await b.take(['coordination'])
    await clock.pass(0)
    assert.deepEqual(await answer, { lease: 'coordination', request: 'do it' })
    b.onRequest(async () => {
      throw new IsthmusError('CONTROL-REFUSED', 'no', { detail: { why: 'not now' } })
    })
    await assert.rejects(c.ask('coordination', 1), { code: 'CONTROL-REFUSED', detail: { why: 'not now' } })
  })

  it('does not wait for an answer for ever', async () => {
    const { store, clock } = await shared()
    const a = await store.join(member('a'))
    const asked = rejects('MEMBER-SILENT', a.ask('coordination', 1))
    const cancel = new AbortController()
    const cancelled = assert.rejects(a.ask('coordination', 1, cancel.signal), { message: 'enough' })
    cancel.abort(new Error('enough'))
    await cancelled
    await clock.pass(leaseTime)
    await asked
  })

  it('is closed cleanly if everything was given back, and what had met a crash was taken up', async () => {
    const state = memoryState()
    const cleanAfter = async (
      work: (store: Awaited<ReturnType<typeof shared>>['store']) => Promise<void>,
    ) => {
      const { store } = await shared(memoryStore(state))
      await work(store)
      await store.close()
      return state.clean
    }
    const all = ['partition/0', 'partition/1', 'partition/2', 'partition/3', 'coordination']
    assert.equal(await cleanAfter(async () => {}), true)
    const dies = cleanAfter(async store => {
      const a = await store.join(member('a'))
      await a.take(['partition/0'])
      a.lose()
    })
    assert.equal(await dies, false)
    const some = cleanAfter(async store => {
      const a = await store.join(member('a'))
      await a.take(all.slice(1))
      await a.leave()
    })
    assert.equal(await some, false)
    const every = cleanAfter(async store => {
      const a = await store.join(member('a'))
      await a.take(all)
      await a.leave()
    })
    assert.equal(await every, true)
  })

  it('belongs to its members: nobody claims it', async () => {
    const { store } = await shared()
    await rejects('STORE-IN-USE', store.claim('me too'))
    const a = await store.join(member('a'))
    assert.equal(a.partitions, 4)
    const { members } = await store.read.snapshot(reader => reader.standing())
    assert.deepEqual(
      members.map(({ id, joined, silent, leaving }) => ({ id, joined, silent, leaving })),
      [{ id: 'a', joined: 1_700_000_000_000, silent: 0, leaving: false }],
    )
  })
})
