import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  ended,
  flowState,
  message,
  messages,
  rejectsWith,
  sameEntry,
  settlement,
  to,
  withStore,
} from './fixture.ts'

export function ownerScenarios(subject: StoreSubject): void {
  it('has one owner: a second claim is refused until the first closes', () =>
    withStore(subject, async ({ store, claim, fixture }) => {
      const second = await fixture.open()
      await rejectsWith('STORE-IN-USE', second.claim('second'))
      await store.accept(messages(2))
      assert.equal((await allEntries(second.read, 'orders')).length, 2, 'reading needs no claim')
      await store.close()
      const next = await second.claim('second')
      assert.ok(next.token > claim.token)
      assert.equal(next.clean, true)
      await second.accept([message(3)])
      await rejectsWith('STORE-FENCED', second.settle(settlement(claim, 1, { settled: [ended(1)] })))
      await second.close()
    }))

  it('is clean when it is new, and tokens grow', () =>
    withStore(subject, async opened => {
      assert.equal(opened.claim.clean, true)
      assert.ok(Number.isSafeInteger(opened.claim.token))
      if (!subject.capabilities.durable) return
      const again = await opened.reopen()
      assert.ok(again.claim.token > opened.claim.token)
      assert.equal(again.claim.clean, true)
    }))

  it(
    'divides the keys as the first claims ask for, until there is a message',
    { skip: !subject.capabilities.divided },
    () =>
      withStore(subject, async ({ store, claim, fixture }) => {
        assert.equal(claim.partitions, 1)
        await store.close()
        const claimed = async (partitions?: number) => {
          const next = await fixture.open()
          return { next, claim: await next.claim('next', { partitions }) }
        }
        const second = await claimed(16)
        assert.equal(second.claim.partitions, 16)
        await second.next.accept([message(1, { at: [to('orders', 'k', 15)] })])
        await second.next.close()
        for (const partitions of [undefined, 4]) {
          const { next, claim } = await claimed(partitions)
          assert.equal(claim.partitions, 16)
          await next.close()
        }
      }),
  )

  it('is not clean after it was closed so', () =>
    withStore(subject, async ({ store, fixture }) => {
      await store.close('unclean')
      const second = await fixture.open()
      assert.equal((await second.claim('second')).clean, false)
      await second.close('clean')
    }))

  it('finishes what was asked before it closes, refuses what comes later, and closes twice', () =>
    withStore(subject, async ({ store, fixture }) => {
      const asked = Array.from({ length: 10 }, (_, n) => store.accept([message(n + 1)]))
      const closing = store.close()
      assert.equal((await Promise.all(asked)).length, 10)
      await closing
      await assert.rejects(store.accept([message(11)], { source: 'mes', position: 11 }))
      await store.close()
      if (!subject.capabilities.durable) return
      const other = await fixture.open()
      assert.equal((await flowState(other.read)).head, 10)
      assert.equal(await other.read.position('mes'), undefined)
      await other.close()
    }))

  const processes = subject.capabilities.durable
  it(
    'belongs to another process while that lives, and is unclean when it was killed',
    { skip: !processes },
    () =>
      withStore(subject, async ({ store, claim, fixture }) => {
        await store.accept(messages(3))
        await store.close()
        if (fixture.elsewhere === undefined) return
        const other = await fixture.elsewhere()
        const mine = await fixture.open()
        await rejectsWith('STORE-IN-USE', mine.claim('mine'))
        assert.equal((await allEntries(mine.read, 'orders')).length, 3)
        await other.kill()
        assert.equal(
          (await allEntries(mine.read, 'orders')).length,
          3,
          'readable after a kill, before any claim',
        )
        const next = await mine.claim('mine')
        assert.ok(next.token > claim.token + 1, 'the killed owner had a token of its own')
        assert.equal(next.clean, false)
        for (const [index, entry] of (await allEntries(mine.read, 'orders')).entries())
          sameEntry(entry, message(index + 1), 0, index + 1)
        await mine.close()
      }),
  )
}
