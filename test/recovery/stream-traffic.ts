import assert from 'node:assert/strict'
import type { Append, Store } from '../../src/store/store.ts'

export const kind = 'aggregate/kill'
const perAppend = 2

/** Round `n` of stream `key`: two events and, in the outbox, a message. Everything follows from both. */
export function appendOfRound(key: string, round: number): Append {
  const version = (round - 1) * perAppend
  const at = 1_700_000_000_000 + round
  const events = [1, 2].map(n => ({
    type: `step ${n}`,
    data: { key, round, n, fill: 'x'.repeat(round % 9 ? 20 : 9000) },
    at,
  }))
  const id = `${key}/${round}`
  const head = { source: 'saga', type: 'command', time: at, contentType: 'text/plain' }
  const flows = [{ flow: 'outbox', partition: 0, key }]
  const message = { flows, id, identity: id, head, body: Buffer.from(`command ${id}`), acceptedAt: at }
  return { kind, key, version, events, state: `round ${round}`, snapshot: { round }, messages: [message] }
}

/** Appends round after round to `streams` streams at once, and says `p KEY ROUND` for each that was answered. */
export async function appendUntilKilled(
  store: Store,
  streams: number,
  rounds: number,
  say: (line: string) => void,
) {
  const { token } = await store.claim('victim')
  say('claimed')
  const one = async (key: string) => {
    const before = (await store.read.streams.head({ kind, key }))?.version ?? 0
    for (let round = before / perAppend + 1; round <= rounds; round++) {
      const [answer] = await store.append([appendOfRound(key, round)], token)
      if (answer?.status !== 'appended') throw new Error(`${key} ${round}: ${answer?.status}`)
      say(`p ${key} ${round}`)
    }
  }
  await Promise.all(Array.from({ length: streams }, (_, n) => one(`k${n}`)))
  await store.close()
  say('end')
}

/**
 * What must hold after any kill: what was answered is there, of each stream at most one append more, each whole or not
 * at all, with its messages; and the stream goes on.
 */
export async function requireStreams(store: Store, lines: readonly string[]): Promise<void> {
  const { token } = await store.claim('after')
  const answered = new Map<string, number>()
  for (const line of lines) {
    const [, key, round] = /^p (\S+) (\d+)$/.exec(line) ?? []
    if (key !== undefined) answered.set(key, Number(round))
  }
  const ids = (await store.read.entries({ flow: 'outbox', limit: 100_000 })).map(({ id }) => id)
  const expected: string[] = []
  for (const { key, version, state, snapshot } of await store.read.streams.heads({ kind, limit: 1000 })) {
    const rounds = version / perAppend
    const said = answered.get(key) ?? 0
    assert.ok(rounds === said || rounds === said + 1, `${key} has ${rounds} rounds, ${said} were answered`)
    assert.deepEqual([state, snapshot], [`round ${rounds}`, { version, data: { round: rounds } }])
    const sent = Array.from({ length: rounds }, (_, n) => appendOfRound(key, n + 1))
    const events = await store.read.streams.events({ kind, key, limit: 100_000 })
    assert.deepEqual(
      events.map(({ type, data, at }) => ({ type, data, at })),
      sent.flatMap(each => each.events),
    )
    expected.push(...sent.flatMap(each => (each.messages ?? []).map(({ id }) => id)))
    answered.delete(key)
    const next = appendOfRound(key, rounds + 1)
    assert.equal((await store.append([next], token))[0]?.version, version + perAppend)
    expected.push(...(next.messages ?? []).map(({ id }) => id))
  }
  assert.deepEqual([...answered], [], 'a stream that was answered is lost')
  const log = await store.read.streams.log({ kind, after: 0, limit: 100_000 })
  assert.equal(log.length, expected.length * perAppend)
  const after = (await store.read.entries({ flow: 'outbox', limit: 100_000 })).map(({ id }) => id)
  assert.deepEqual(after.slice(0, ids.length), ids)
  assert.deepEqual(after.toSorted(), expected.toSorted(), 'a message is there if and only if its events are')
}
