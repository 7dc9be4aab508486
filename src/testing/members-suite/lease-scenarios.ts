import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lease } from '../../store/members.ts'
import { coordinationLease, nobody, partitionLease } from '../../store/members.ts'
import { rejectsWith } from '../store-suite/fixture.ts'
import type { MembersSubject } from './fixture.ts'
import { eventually, leaseState, short, taken, takenWhenFree, well, withMembers } from './fixture.ts'

const partitions = Array.from({ length: 16 }, (_, n) => partitionLease(n))

export function leaseScenarios(subject: MembersSubject): void {
  it('gives a lease to one, and what is given back to the next, with a greater token', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const first = await taken(a, 'partition/0')
      assert.equal(first.clean, true, 'nobody has held it before')
      assert.deepEqual(await b.membership.take(['partition/0']), [])
      await a.membership.give([first])
      const second = await taken(b, 'partition/0')
      assert.ok(second.token > first.token)
      assert.equal(second.clean, true)
      assert.deepEqual(await a.membership.take(['partition/0']), [])
    }))

  it('takes of many those that are free, and none twice', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      await a.membership.take(['partition/1', 'partition/3'])
      const got = await b.membership.take(['partition/3', 'partition/2', 'partition/1', 'partition/0'])
      assert.deepEqual(namesOf(got), ['partition/0', 'partition/2'])
      assert.deepEqual(await b.membership.take([]), [])
    }))

  it('answers again, as they were, the leases that a member holds already', () =>
    withMembers(subject, async ({ join }) => {
      const a = await join()
      const first = await a.membership.take(partitions)
      assert.equal(first.length, partitions.length)
      const again = await a.membership.take([...partitions, coordinationLease])
      assert.deepEqual(
        again.filter(({ name }) => name !== coordinationLease),
        first,
      )
    }))

  it('has one holder at a time, however many take at once, and never gives a token twice', () =>
    withMembers(subject, async ({ join }) => {
      const actors = await Promise.all(Array.from({ length: 4 }, () => join()))
      const tokens = new Set(actors.map(({ membership }) => membership.token))
      assert.equal(tokens.size, actors.length)
      const holders = new Map<string, string>()
      const lane = async ({ membership, id }: (typeof actors)[number]) => {
        for (let round = 0; round < 15; round++) {
          const got = await membership.take(partitions)
          for (const { name, token } of got) {
            assert.equal(holders.get(name), undefined, `${name} is held by nobody else`)
            holders.set(name, id)
            assert.equal(tokens.has(token), false, 'a token is new')
            tokens.add(token)
          }
          await membership.beat(well)
          for (const { name } of got) holders.delete(name)
          await membership.give(got)
        }
      }
      await Promise.all(actors.map(lane))
    }))

  it('passes over the giving of what is not held any more: giving twice is giving once', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const first = await taken(a, 'partition/0')
      await a.membership.give([first])
      await a.membership.give([first, { name: 'partition/9', token: 1 }])
      const second = await taken(b, 'partition/0')
      await a.membership.give([first, { name: 'partition/0', token: second.token }])
      assert.equal((await leaseState(a.store.read, 'partition/0'))?.holder, b.id)
      await a.membership.give([])
    }))

  it('passes on the leases of a member that was killed, unclean, and those of a living one not', () =>
    withMembers(subject, async ({ join }) => {
      const [alive, heir] = [await join(), await join()]
      const dying = await join({ lease: short })
      const kept = await taken(alive, 'partition/1')
      const lost = await taken(dying, 'partition/0')
      await dying.membership.beat(well)
      await dying.kill()
      const won = await takenWhenFree(heir, 'partition/0')
      assert.ok(won.token > lost.token)
      assert.equal(won.clean, false)
      assert.deepEqual(await heir.membership.take(['partition/1']), [])
      assert.equal((await leaseState(heir.store.read, 'partition/1'))?.token, kept.token)
      await heir.membership.give([won])
      assert.equal((await taken(alive, 'partition/0')).clean, true, 'the one before gave it back')
    }))

  it('lengthens leases that have expired and that nobody has taken, with the same token', () =>
    withMembers(subject, async ({ join }) => {
      const watcher = await join()
      const slow = await join({ lease: short })
      const lease = await taken(slow, 'partition/0')
      await eventually('the lease expires', async () => {
        const state = await leaseState(watcher.store.read, 'partition/0')
        return state !== undefined && state.holder === undefined
      })
      const { leases } = await slow.membership.beat(well)
      assert.deepEqual(leases, [{ name: 'partition/0', holder: slow.id, token: lease.token }])
    }))

  it('tells a member that comes back too late who has taken its leases', () =>
    withMembers(subject, async ({ join }) => {
      const heir = await join()
      const slow = await join({ lease: short })
      await slow.membership.take(['partition/0', 'partition/1'])
      const won = await takenWhenFree(heir, 'partition/0')
      const { leases } = await slow.membership.beat(well)
      assert.deepEqual(
        leases.find(({ name }) => name === 'partition/0'),
        { name: 'partition/0', holder: heir.id, token: won.token },
      )
      assert.equal(leases.find(({ name }) => name === 'partition/1')?.holder, slow.id)
    }))

  it('never answers two signs of life at one moment with different holders', () =>
    withMembers(subject, async ({ join }) => {
      const heir = await join()
      const slow = await join({ lease: short })
      const before = await taken(slow, 'partition/0')
      const after = await eventually('the lease is taken over', async () => {
        // A store may do what it is asked in the order in which it is asked.
        const early = Math.random() < 0.5 ? heir.membership.take(['partition/0']) : undefined
        if (early && Math.random() < 0.5) await pause(1)
        const [standing, got] = await Promise.all([
          slow.membership.beat(well),
          early ?? heir.membership.take(['partition/0']),
        ])
        const won: Lease | undefined = got[0]
        const held = standing.leases[0]
        if (won === undefined) assert.equal(held?.token, before.token)
        // Half of the time it does not beat before the next round, so that the lease may expire.
        if (won === undefined) await new Promise(resolve => setTimeout(resolve, Math.random() * 2 * short))
        return won && { won, standing: await slow.membership.beat(well) }
      })
      assert.equal(after.standing.leases[0]?.holder, heir.id)
    }))

  it('shows everybody and what each holds, until they leave', () =>
    withMembers(subject, async ({ fixture, join }) => {
      if (fixture.open !== undefined) {
        const outside = await fixture.open()
        assert.deepEqual(await outside.read.standing(), nobody)
        await outside.close()
      }
      const a = await join({ name: 'süd "1" \\' })
      const b = await join({ name: 'nord' })
      await a.membership.take(['partition/0', 'source/mes "α".orders'])
      const load = { messages: 12, text: 'süd \u0000 \ud800' }
      const { members, leases } = await a.membership.beat({ leaving: true, load })
      const [first, second] = members
      assert.equal(members.length, 2)
      assert.ok(first && second)
      const { joined, silent, ...told } = first
      assert.deepEqual({ ...told }, { ...a.membership.member, leaving: true, load })
      assert.ok(Math.abs(joined - Date.now()) < 24 * 3_600_000 && silent >= 0 && silent < 120_000)
      assert.equal(second.id, b.id)
      assert.deepEqual(
        leases.map(({ name, holder }) => `${name} ${holder}`),
        [`partition/0 ${a.id}`, `source/mes "α".orders ${a.id}`],
      )
      await a.membership.leave()
      const after = await b.store.read.standing()
      assert.deepEqual(
        after.members.map(({ id }) => id),
        [b.id],
      )
      assert.ok(after.leases.every(({ holder }) => holder === undefined))
      assert.equal((await taken(b, 'partition/0')).clean, true)
    }))

  it('refuses everything to one who has left, and lets it leave again', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      await a.membership.take(['partition/0'])
      await a.membership.leave()
      await rejectsWith('STORE-FENCED', a.membership.beat(well))
      await rejectsWith('STORE-FENCED', a.membership.take(['partition/0']))
      await a.membership.leave()
      assert.equal((await b.membership.beat(well)).members.length, 1)
    }))

  it('has the partitions that the first to join asked for', () =>
    withMembers(subject, async ({ fixture, join }) => {
      const [a, b] = [await join({ partitions: 4 }), await join({ partitions: 8 })]
      assert.equal(a.membership.partitions, 4)
      assert.equal(b.membership.partitions, 4)
      if (fixture.open === undefined) return
      for (const each of [a, b]) {
        await each.membership.leave()
        await each.close()
      }
      const outside = await fixture.open()
      assert.equal((await outside.claim('outside')).partitions, 4)
      await outside.close()
    }))

  it('cannot be claimed while somebody works on it, nor joined while it is claimed', () =>
    withMembers(subject, async ({ fixture, join }) => {
      if (fixture.open === undefined) return
      const outside = await fixture.open()
      const a = await join()
      const { token } = await taken(a, 'partition/0')
      await rejectsWith('STORE-IN-USE', outside.claim('outside'))
      await a.membership.leave()
      await a.close()
      const claim = await outside.claim('outside')
      assert.equal(claim.clean, true)
      assert.ok(claim.token > token)
      await rejectsWith('STORE-IN-USE', join())
      await outside.close()
      const b = await join()
      assert.ok(b.membership.token > claim.token)
      assert.equal((await taken(b, 'partition/0')).clean, true)
    }))

  it('is unclean for a claim after a member that died, and for a lease after a claim that ended so', () =>
    withMembers(subject, async ({ fixture, join }) => {
      if (fixture.open === undefined) return
      const dying = await join({ lease: short })
      await taken(dying, 'partition/0')
      await dying.kill()
      const outside = await fixture.open()
      const claim = await eventually('the member is thought dead', async () =>
        outside.claim('outside').catch(() => undefined),
      )
      assert.equal(claim.clean, false)
      await outside.close('unclean')
      const next = await join()
      const leases = await next.membership.take(['partition/0', 'partition/1'])
      assert.deepEqual(
        leases.map(({ clean }) => clean),
        [false, false],
      )
    }))
}

const namesOf = (leases: readonly Lease[]): string[] => leases.map(({ name }) => name).sort()
