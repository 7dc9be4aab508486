import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Lease, LeaseState, Membership, NewMember, Vitals } from '../../store/members.ts'
import type { JoinOptions, Store, StoreReader } from '../../store/store.ts'

/** The data of one store, fresh and empty when made, and those who join it. */
export interface MembersFixture {
  /** One more member, as its process would have it. The suite lets it leave or kills it. */
  join(member: NewMember, options: JoinOptions): Promise<OpenedMember>
  /** An instance of the store for one who has not joined, where there can be one. The suite closes it. */
  open?(): Promise<Store>
  /** Removes the data. Everybody has left or was killed by then. */
  destroy(): Promise<void>
}

export interface OpenedMember {
  /** Its part in the store. */
  readonly membership: Membership
  /** Through which this member writes and reads. */
  readonly store: Store
  /** As if its process was killed: it gives nothing back, and nothing more is asked of it. */
  kill(): Promise<void>
  /** Closes what is open after `leave`. */
  close(): Promise<void>
}

export interface MembersSubject {
  readonly make: () => Promise<MembersFixture>
}

export interface Scene {
  readonly fixture: MembersFixture
  /** One more member. Its lease is longer than any scenario, if it is not said to be short. */
  join(options?: JoinOptions & { readonly name?: string }): Promise<Actor>
}

export interface Actor extends OpenedMember {
  readonly id: string
}

/** Runs `use` with an empty store, and takes everything away again. */
export async function withMembers(
  subject: MembersSubject,
  use: (scene: Scene) => Promise<void>,
): Promise<void> {
  const fixture = await subject.make()
  const ends: (() => Promise<void>)[] = []
  const join: Scene['join'] = async ({ name = 'somewhere', ...options } = {}) => {
    const member = newMember(name)
    const joined = await fixture.join(member, { lease: 120_000, ...options })
    let over: Promise<void> | undefined
    const once = (end: () => Promise<void>) => {
      over ??= end()
      return over
    }
    const actor = {
      ...joined,
      id: member.id,
      kill: () => once(joined.kill),
      close: () => once(joined.close),
    }
    ends.push(actor.close)
    return actor
  }
  try {
    await use({ fixture, join })
  } finally {
    for (const end of ends) await end()
    await fixture.destroy()
  }
}

/** Milliseconds; short enough to be waited for. */
export const short = 300

export function newMember(name: string): NewMember {
  return { id: randomUUID(), name, roles: ['intake', 'worker', 'scheduler'], version: '1.2.3' }
}

export const well: Vitals = { leaving: false, load: { messages: 0 } }

/** Takes one lease, which must be free. */
export async function taken({ membership }: Pick<OpenedMember, 'membership'>, name: string): Promise<Lease> {
  const [lease] = await membership.take([name])
  assert.ok(lease, `${name} is free`)
  return lease
}

/** Takes a lease as soon as it is free. */
export async function takenWhenFree(
  { membership }: Pick<OpenedMember, 'membership'>,
  name: string,
): Promise<Lease> {
  return await eventually(`${name} becomes free`, async () => (await membership.take([name]))[0])
}

export async function leaseState(reader: StoreReader, name: string): Promise<LeaseState | undefined> {
  return (await reader.standing()).leases.find(each => each.name === name)
}

/** Asks again and again until there is something; gives up after a minute. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (const until = performance.now() + 60_000; performance.now() < until; await pause(20)) {
    const found = await look()
    if (found !== undefined && found !== false) return found
  }
  throw new Error(`it did not happen within a minute: ${what}`)
}
