import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Verdict, verdictsOf } from './verdict.ts'
import { seen, type Watched, type Worker, type Workers } from './watching.ts'
import { letterOf, ranges } from './words.ts'

const lease = 10_000

function worker(id: string, partitions: readonly number[], more: Partial<Worker> = {}): Worker {
  return {
    ...{
      id,
      name: `host, ${id}`,
      roles: ['worker', 'scheduler'],
      version: '0.1.0',
      joined: 1_000,
      silent: 500,
    },
    ...{ state: 'working', self: false, partitions, sources: [], coordinates: id === 'a', load: {} },
    ...more,
  }
}

function answer(...workers: Worker[]): Workers {
  const held = workers.flatMap(({ partitions }) => partitions)
  const unheld = [0, 1, 2, 3].filter(each => !held.includes(each))
  return { shared: true, partitions: 4, lease, unheld, unread: [], workers }
}

/** What is seen of one answer after the other, a second apart. */
function watch(...answers: readonly Workers[]): Watched {
  const all = answers.reduce<Watched | undefined>(
    (before, each, n) => seen(before, each, 100_000 + n * 1_000),
    undefined,
  )
  assert.ok(all)
  return all
}

const told = ({ changes, known }: Watched) =>
  changes.toReversed().map(({ what, worker: id, from, partitions, sources }) => {
    const who = [id, ...(from === undefined ? [] : [from])].map(each => letterOf(known[each]?.n ?? -1))
    return [what, ...who, ...(partitions ? [ranges(partitions)] : []), ...(sources ?? [])].join(' ')
  })

const kinds = (watched: Watched, now = watched.at) => verdictsOf(watched, now).map(({ kind }) => kind)
const verdict = <K extends Verdict['kind']>(watched: Watched, kind: K, now = watched.at) =>
  verdictsOf(watched, now).find(each => each.kind === kind) as Extract<Verdict, { kind: K }>

test('who is there at the first look has joined when it did, and nothing has moved', () => {
  const watched = watch(answer(worker('a', [0, 1]), worker('b', [2, 3], { joined: 2_000 })))
  assert.deepEqual(told(watched), ['found A', 'found B'])
  assert.equal(watched.changes[0]?.at, 2_000)
  assert.ok(watched.partitions.every(({ moved }) => moved === undefined))
  assert.deepEqual(verdictsOf(watched, watched.at), [{ kind: 'held', partitions: 4, workers: 2 }])
})

test('a member that joins is given partitions, and each says whose it was', () => {
  const watched = watch(
    answer(worker('a', [0, 1, 2, 3])),
    answer(worker('a', [0, 1, 2, 3]), worker('b', [])),
    answer(worker('a', [0, 1]), worker('b', [2])),
    answer(worker('a', [0, 1]), worker('b', [2, 3])),
  )
  assert.deepEqual(told(watched), ['found A', 'joined B', 'took B A 2', 'lost A 3', 'took B A 3'])
  const [a, b] = ['a', 'b']
  assert.deepEqual(watched.partitions[0], { holder: a, before: undefined, moved: undefined })
  assert.deepEqual(watched.partitions[2], { holder: b, before: a, moved: 102_000 })
  assert.deepEqual(watched.partitions[3], { holder: b, before: a, moved: 103_000 })
})

test('partitions between two holders are changing hands for three seconds, and after that with nobody', () => {
  const watched = watch(answer(worker('a', [0, 1, 2, 3])), answer(worker('a', [0, 1]), worker('b', [])))
  assert.deepEqual(kinds(watched), ['moving'])
  assert.deepEqual(verdict(watched, 'unheld', watched.at + 4_000), {
    ...{ kind: 'unheld', partitions: 2, ms: 4_000, silent: undefined },
  })
})

test('at the first look nobody knows how long a partition has been with nobody: it is told loudly', () => {
  const told = verdictsOf(watch(answer(worker('a', [0, 1, 2]))), 100_000)
  assert.deepEqual(told, [{ kind: 'unheld', partitions: 1, ms: undefined, silent: undefined }])
})

test('one that gives no sign of life is late, then silent, and named by its letter when others have taken over', () => {
  const other = worker('a', [0, 1])
  const begun = [answer(other, worker('b', [2, 3]))]
  const late = watch(...begun, answer(other, worker('b', [2, 3], { silent: 7_000 })))
  assert.deepEqual(verdictsOf(late, late.at)[0], { kind: 'late', worker: 'b', ms: 7_000, partitions: 2 })
  begun.push(answer(other, worker('b', [], { silent: 11_000, state: 'silent' })))
  const silent = watch(...begun)
  assert.deepEqual(verdict(silent, 'unheld').silent, { worker: 'b', ms: 11_000 })
  begun.push(answer(worker('a', [0, 1, 2, 3]), worker('b', [], { silent: 12_000, state: 'silent' })))
  const over = watch(...begun)
  assert.deepEqual(told(over).slice(2), ['silent B', 'lost B 2–3', 'took A B 2–3'])
  assert.deepEqual(kinds(over), ['held', 'silent'], 'that one died is no restart')
  begun.push(answer(worker('a', [0, 1, 2, 3]), worker('b', [], { silent: 3_600_000, state: 'silent' })))
  assert.deepEqual(kinds(watch(...begun)), ['held'], 'it is not told for ever')
})

test('partitions that a living member gave back are not laid to one that fell silent before', () => {
  const dead = worker('b', [], { silent: 30_000, state: 'silent' })
  const watched = watch(
    answer(worker('a', [0, 1, 2, 3]), dead),
    answer(worker('a', [0, 1]), worker('c', []), dead),
  )
  assert.deepEqual(kinds(watched), ['moving'])
  assert.equal(verdict(watched, 'unheld', watched.at + 5_000).silent, undefined)
})

test('one that holds nothing may be late: nothing is taken from it', () => {
  const watched = watch(answer(worker('a', [0, 1, 2, 3]), worker('b', [], { silent: 8_000 })))
  assert.deepEqual(kinds(watched), ['held'])
})

test('nobody runs flows, nobody coordinates, nobody reads a source', () => {
  const intake = worker('x', [], { roles: ['intake'] })
  assert.deepEqual(kinds(watch({ ...answer(intake), unread: ['shop.orders'] })), [
    'idle',
    'uncoordinated',
    'unread',
  ])
})

test('a rolling restart counts those who came while somebody watched, from the first who leaves until all have', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((id, n) => worker(id, [n]))
  assert.ok(a && b && c && d)
  const old = { joined: -900_000 }
  const steps = [
    answer({ ...a, ...old }, { ...b, ...old }, { ...c, ...old }),
    answer({ ...a, ...old, state: 'leaving' }, { ...b, ...old }, { ...c, ...old }),
    answer({ ...b, ...old }, { ...c, ...old }),
    answer({ ...b, ...old }, { ...c, ...old }, d),
  ]
  const counts = [2, 3, 4].map(n => {
    const { count, of } = verdict(watch(...steps.slice(0, n)), 'restart')
    return [count, of]
  })
  assert.deepEqual(counts, [
    [0, 3],
    [0, 3],
    [1, 3],
  ])
  const dead = { ...c, ...old, partitions: [], state: 'silent', silent: 11_000 } as const
  const { count, of } = verdict(watch(...steps, answer({ ...b, ...old }, d, dead)), 'restart')
  assert.deepEqual([count, of], [1, 3], 'who died meanwhile is to be replaced, too')
  const short = [answer({ ...b, ...old }, { ...c, ...old }, d, worker('e', [])), ...steps.slice(3)]
  const again = verdict(watch(...steps, ...short), 'restart')
  assert.deepEqual([again.count, again.of], [1, 3], 'who came and went again leaves nobody missing')
  const watched = watch(...steps)
  assert.equal(verdict(watched, 'restart', watched.at + 300_000), undefined, 'it is over')
})

test('two versions at work are a rolling restart to that of who came last, whichever is higher', () => {
  const watched = watch(
    answer(
      worker('a', [0, 1], { version: '0.2.0' }),
      worker('b', [2], { version: '0.1.0', joined: 9_000 }),
      worker('c', [3], { version: '0.2.0' }),
    ),
  )
  assert.deepEqual(verdict(watched, 'versions'), { kind: 'versions', version: '0.1.0', count: 1, of: 3 })
})

test('duties pass from one to another, and are told with both', () => {
  const watched = watch(
    answer(worker('a', [0, 1], { sources: ['shop.orders'] }), worker('b', [2, 3])),
    answer(
      worker('a', [0, 1], { coordinates: false }),
      worker('b', [2, 3], { coordinates: true, sources: ['shop.orders'] }),
    ),
  )
  assert.deepEqual(told(watched).slice(2), ['coordinates B A', 'reads B A shop.orders'])
})

test('one process that has the store for itself has nothing to share', () => {
  const watched = watch({ ...answer(worker('this', [0])), shared: false, partitions: 1, unheld: [] })
  assert.deepEqual([kinds(watched), told(watched)], [['alone'], []])
})

test('numbers that follow each other are told as one', () => {
  assert.equal(ranges([0, 1, 2, 5, 7, 8]), '0–2, 5, 7–8')
  assert.equal(ranges([]), '')
})

test('letters go on behind Z, those who live come first, and who is gone keeps its own', () => {
  assert.deepEqual([0, 25, 26, 51, 52].map(letterOf), ['A', 'Z', 'AA', 'AZ', 'BA'])
  const watched = watch(
    answer(worker('dead', [], { state: 'silent', silent: 60_000 }), worker('a', [0, 1, 2, 3])),
    answer(worker('b', [0, 1, 2, 3])),
  )
  assert.deepEqual(
    Object.entries(watched.known).map(([id, { n }]) => `${id} ${letterOf(n)}`),
    ['a A', 'dead B', 'b C'],
  )
})

test('of many that died one after the other the last few are shown, and the others counted', () => {
  const dead = Array.from({ length: 9 }, (_, n) =>
    worker(`dead${n}`, [], { state: 'silent', silent: 90_000 - n }),
  )
  const again = worker('dead9', [], { state: 'silent', silent: 11_000 })
  const watched = watch(
    answer(...dead, worker('a', [0, 1, 2, 3])),
    answer(...dead, again, worker('a', [0, 1, 2, 3])),
  )
  assert.deepEqual(
    watched.workers.workers.map(({ id }) => id),
    ['a', 'dead9', 'dead8', 'dead7', 'dead6', 'dead5'],
  )
  assert.equal(watched.others, 5)
  assert.ok(!watched.changes.some(({ what }) => what === 'left'))
})
