import { it } from 'node:test'
import type { Wake } from '../../store/members.ts'
import { appendOf, message } from '../store-suite/fixture.ts'
import type { MembersSubject, OpenedMember } from './fixture.ts'
import { eventually, taken, well, withMembers } from './fixture.ts'

export function wakeScenarios(subject: MembersSubject): void {
  it('tells the others when somebody shows a first sign of life, gives back, or leaves', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      const lease = await taken(a, 'partition/0')
      await hears(b, 'leases', async () => void (await a.membership.beat(well)))
      await hears(b, 'leases', () => a.membership.give([lease]))
      await hears(a, 'leases', async () => void (await b.membership.beat(well)))
      await hears(b, 'leases', () => a.membership.leave())
    }))

  it('tells the others of messages, accepted as they are or with events', () =>
    withMembers(subject, async ({ join }) => {
      const [a, b] = [await join(), await join()]
      for (const each of [a, b, a]) await each.membership.beat(well)
      await hears(b, 'messages', async () => void (await a.store.accept([message(1)])))
      const append = [appendOf('a', 0, 1, { messages: [message(2)] })]
      await hears(a, 'messages', async () => void (await b.store.append(append, b.membership.token)))
    }))
}

/** Does something until it is heard of: a wake may be missed. */
async function hears({ membership }: OpenedMember, wake: Wake, act: () => Promise<void>): Promise<void> {
  const heard = new Set<Wake>()
  membership.onWake(each => heard.add(each))
  await act()
  await eventually(`${wake} are heard of`, async () => heard.has(wake))
}
