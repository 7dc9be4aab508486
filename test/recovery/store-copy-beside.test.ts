import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from '../../src/server/moving/move-store.ts'
import { storeEnd } from '../../src/server/moving/store-ends.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { Store } from '../../src/store/store.ts'
import {
  appendOf,
  ended,
  identified,
  messages,
  settlement,
  timeOf,
  waiting,
} from '../../src/testing/store-suite/fixture.ts'
import {
  contents,
  dataOf,
  freshPlace,
  type Kind,
  move,
  readAt,
  requireSoundProgress,
} from './copied-stores.ts'
import { withoutPostgres } from './postgres-fixture.ts'

/** While a copy follows, its owner goes on: accepts, settles what was open, retires, and lets streams begin anew. */
for (const [from, to] of [
  ['sqlite', 'sqlite'],
  ['sqlite', 'postgres'],
  ['postgres', 'sqlite'],
] as const)
  test(
    `what happens beside a copy arrives, and what is retired meanwhile does not: ${from} to ${to}`,
    {
      skip: [from, to].includes('postgres' as never) && withoutPostgres,
    },
    t => moveBeside(freshPlace(t, from), freshPlace(t, to), to),
  )

async function moveBeside(from: string, to: string, kind: Kind): Promise<void> {
  const owner = storeEnd(from).open()
  const claim = await owner.claim('owner')
  const traffic = new Traffic(owner, claim.token)
  await traffic.begin()
  let pass = 0
  let going = Promise.resolve()
  const say = ({ what }: Progress) => {
    if (what === 'waiting') going = going.then(() => traffic.change())
    if (what === 'catching-up' && ++pass === 2) going = going.then(() => owner.close())
  }
  const moved = await move(from, to, { live: true, say })
  await going
  assert.deepEqual(moved.differences, [])
  const partitions = kind === 'sqlite' ? 1 : 16
  const [here, there] = [
    await readAt(from, read => contents(read, 1)),
    await readAt(to, read => contents(read, 1)),
  ]
  assert.deepEqual(there, here)
  await readAt(to, read => requireSoundProgress(read, partitions))
  assert.equal(await readAt(to, read => read.identified('old')), undefined)
  if (kind === 'sqlite') assert.deepEqual(verifySqliteStore(dataOf(to)), [])
}

class Traffic {
  readonly #store: Store
  readonly #claim: { readonly token: number; readonly clean: true }

  constructor(store: Store, token: number) {
    this.#store = store
    this.#claim = { token, clean: true }
  }

  /** 3,000 messages: the first 1,000 have ended but some, which wait. */
  async begin(): Promise<void> {
    await this.#store.accept([identified(0, 'old')])
    await this.#store.accept(messages(2999))
    const seqs = Array.from({ length: 1000 }, (_, n) => n + 1)
    const settled = seqs.filter(seq => seq % 100 !== 0).map(seq => ended(seq))
    const unfinished = seqs.filter(seq => seq % 100 === 0).map(seq => waiting(seq))
    await this.#store.settle(settlement(this.#claim, 1000, { settled, unfinished }))
    await this.#append(appendOf('closed', 0, 700, { open: false }), appendOf('again', 0, 2, { open: false }))
    await this.#append(appendOf('goes on', 0, 3))
  }

  /** Of those that waited some end; the oldest 500, two streams and an identity are retired. */
  async change(): Promise<void> {
    const settled = [100, 200, 900, ...Array.from({ length: 700 }, (_, n) => n + 1001)].map(seq => ended(seq))
    await this.#store.settle(settlement(this.#claim, 1700, { settled }))
    const limits = { before: timeOf(500), identitiesBefore: timeOf(1) }
    while ((await this.#store.retire(limits)) > 0);
    await this.#store.retire(limits)
    await this.#append(appendOf('goes on', 3, 600, { snapshot: { all: 603 } }))
    await this.#append(appendOf('again', 0, 5))
    await this.#store.accept(messages(1500, 5000), { source: 'mes', position: 1 })
    await this.#store.accept([identified(9999, 'name-1')])
  }

  async #append(...appends: Parameters<Store['append']>[0]): Promise<void> {
    const named = appends.map(each => ({ ...each, kind: 'thing/copied' }))
    for (const { status } of await this.#store.append(named, this.#claim.token))
      assert.equal(status, 'appended')
  }
}
