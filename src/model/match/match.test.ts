import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IsthmusError } from '../../errors.ts'
import { editsBetween, jaroOf, jaroWinklerOf } from './edits.ts'
import {
  apart,
  chineseName,
  damerau,
  daysApart,
  exact,
  firstFilled,
  jaroWinkler,
  type Likeness,
  longest,
  type MatcherOptions,
  matcher,
  merge,
  mostFrequent,
  mostTrusted,
  neighbours,
  newest,
  nysiis,
  rareWords,
  sameKey,
  sameLetters,
  sameWords,
  soundex,
  sounds,
  syllables,
  words,
} from './index.ts'

const close = (found: number, wanted: number, text: string) =>
  assert.ok(Math.abs(found - wanted) < 0.0006, `${text}: ${found}, not ${wanted}`)

const between = (by: Likeness, a: string, b: string) => by.over([a, b], [1, 1], 0)(0, 1)

test('Jaro and Jaro-Winkler are those of the literature', () => {
  // Winkler 1990, table of examples.
  const known: [string, string, number, number][] = [
    ['MARTHA', 'MARHTA', 0.944, 0.961],
    ['DWAYNE', 'DUANE', 0.822, 0.84],
    ['DIXON', 'DICKSONX', 0.767, 0.813],
    ['JONES', 'JOHNSON', 0.79, 0.832],
    ['ABROMS', 'ABRAMS', 0.889, 0.922],
  ]
  for (const [a, b, jaro, winkler] of known) {
    close(jaroOf(a, b), jaro, `${a} ${b}`)
    close(jaroWinklerOf(a, b), winkler, `${a} ${b}`)
    close(jaroWinklerOf(b, a), winkler, `${b} ${a}`)
  }
})

test('edits are counted, two letters that changed places once or twice', () => {
  assert.equal(editsBetween('kitten', 'sitting'), 3)
  assert.equal(editsBetween('1234', '1243'), 2)
  assert.equal(editsBetween('1234', '1243', true), 1)
  assert.equal(editsBetween('', 'abc'), 3)
})

test('a likeness that is told the least that matters gives the same above it', () => {
  const texts = [
    'smith',
    'smyth',
    'smithe',
    'jones',
    'jonse',
    'a',
    'thsmi',
    '1234567',
    '1234657',
    'müller',
    'mueller',
  ]
  for (const by of [jaroWinkler, damerau]) {
    const [all, some] = [by.over(texts, [], 0), by.over(texts, [], 0.8)]
    for (const a of texts.keys())
      for (const b of texts.keys())
        if (all(a, b) >= 0.8) assert.equal(some(a, b), all(a, b), `${texts[a]} ${texts[b]}`)
  }
})

test('names that sound the same have one code', () => {
  for (const [name, code] of Object.entries({
    Robert: 'R163',
    Rupert: 'R163',
    Ashcraft: 'A261',
    Tymczak: 'T522',
    Pfister: 'P236',
  }))
    assert.equal(soundex(name), code, name)
  assert.equal(soundex('王'), '')
  assert.equal(nysiis('Knight'), nysiis('Night'))
  assert.equal(nysiis('Phillip'), nysiis('Filip'))
  assert.equal(between(sounds, 'Macintosh', 'McIntosh'), 1)
})

test('words are compared in any order, and rare ones count more', () => {
  assert.deepEqual(words('Café «Zum Löwen» 上海12'), ['cafe', 'zum', 'lowen', '上', '海', '12'])
  assert.equal(between(sameWords, 'Smith John', 'john  SMITH'), 1)
  assert.ok(between(sameLetters, 'groom street', 'groomstreet') > 0.8)
  const schools = ['Lincoln School', 'Lincoln', 'Kohn School', 'Darwin School', 'Linclon School']
  const like = rareWords.over(schools, [1, 1, 1, 1, 1], 0)
  assert.ok(like(0, 1) > 0.8 && like(0, 2) < 0.4 && like(0, 4) > 0.8)
})

test('numbers and dates agree by how far they are apart', () => {
  const price = apart(0.01, 1)
  assert.deepEqual(
    ['10.01', '10.9', '12', 'x'].map(text => between(price, '10', text)),
    [1, 1 - 1 / 3, 0, 0],
  )
  const day = daysApart(1, 31)
  const others = ['2026-05-02', '20260520', '2027-05-01', '2026-01-05']
  assert.deepEqual(
    others.map(text => between(day, '2026-05-01', text)),
    [1, 1 - 1 / 3, 0, 1 - 1 / 3],
  )
})

test('Chinese names are compared by characters and by sound', () => {
  assert.deepEqual(syllables('重庆张三'), ['chong', 'qing', 'zhang', 'san'])
  assert.equal(between(chineseName, '张三', '章三'), 0.9)
  assert.equal(between(chineseName, '张三', 'Zhang San'), 0.9)
  assert.ok(between(chineseName, '上海宏远机械有限公司', '上海红远机械有限公司') >= 0.9)
  assert.ok(between(chineseName, '张三', '李四') < 0.3)
})

interface Customer {
  readonly name: string
  readonly phone?: string
  readonly city?: string
}

const surnames = [
  'Okafor',
  'Lindqvist',
  'Marchetti',
  'Petrov',
  'Yamada',
  'Nguyen',
  'Haddad',
  'Brandt',
  'Silva',
  'Kowalski',
]
const givens = ['Anna', 'Boris', 'Chiara', 'Dmitri', 'Eriko', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jan']
const cities = ['Porto', 'Kiel', 'Lyon', 'Turin']

/** A hundred persons; each third one twice, with an error in the name and no phone for some. */
function customers(): Customer[] {
  const all: Customer[] = []
  for (const [i, surname] of surnames.entries())
    for (const [j, given] of givens.entries()) {
      const at = i * 10 + j
      const phone = `555${String(at * 7919).padStart(6, '0')}`
      const city = cities[at % 4] as string
      all.push({ name: `${surname} ${given}`, phone, city })
      if (at % 3 === 0)
        all.push({ name: `${surname.slice(0, -1)} ${given}`, city, ...(at % 2 === 0 ? { phone } : {}) })
    }
  return all
}

const customerMatcher = matcher<Customer>({
  fields: {
    name: { value: ({ name }) => name, by: jaroWinkler },
    phone: { value: ({ phone }) => phone, by: exact },
    city: { value: ({ city }) => city, by: exact },
  },
  blocks: [
    sameKey('phone', ({ phone }) => phone),
    sameKey('given name', ({ name }) => words(name)[1]),
    neighbours('name', ({ name }) => name),
  ],
})

test('records that are the same thing are found without anybody saying which are, and each decision is explained', () => {
  const records = customers()
  const { clusters, explain, compared, possible } = customerMatcher.deduplicate(records)
  const pairs = clusters.filter(({ length }) => length > 1)
  assert.deepEqual(pairs.map(([a, b]) => [records[a as number]?.name, records[b as number]?.name])[0], [
    'Okafor Anna',
    'Okafo Anna',
  ])
  assert.equal(pairs.length, 17)
  // Without a phone a name that is nearly the same in the same city is not enough: a person is asked.
  assert.equal(possible.length, 17)
  for (const { a, b } of possible) assert.equal(records[a]?.phone && records[b]?.phone, undefined)
  assert.equal(clusters.flat().length, records.length)
  assert.ok(compared < 2000)
  const { decision, fields, probability, prior } = explain(0, 1)
  assert.equal(decision, 'match')
  assert.deepEqual(
    fields.map(({ field, agreement }) => [field, agreement]),
    [
      ['name', '>= 0.92'],
      ['phone', 'same'],
      ['city', 'same'],
    ],
  )
  const sum = fields.reduce((so, { weight }) => so + weight, prior)
  close(probability, 1 / (1 + 2 ** -sum), 'the weights add up')
  assert.equal(explain(0, 4).decision, 'no')
})

test('weights are plain data that can be kept and given', () => {
  const records = customers()
  const { weights, clusters } = customerMatcher.deduplicate(records)
  const kept = JSON.parse(JSON.stringify(weights))
  const fields = {
    name: { value: ({ name }: Customer) => name, by: jaroWinkler },
    phone: { value: ({ phone }: Customer) => phone, by: exact },
    city: { value: ({ city }: Customer) => city, by: exact },
  }
  const blocks = [
    sameKey('phone', ({ phone }: Customer) => phone),
    sameKey('given name', ({ name }: Customer) => words(name)[1]),
    neighbours('name', ({ name }: Customer) => name),
  ]
  assert.deepEqual(matcher({ fields, blocks, weights: kept }).deduplicate(records).clusters, clusters)
})

test('two lists are linked, each record with one at most', () => {
  const all = customers()
  const right = all.filter(({ name }) => / /.test(name) && !surnames.includes(name.split(' ')[0] as string))
  const left = all.filter(each => !right.includes(each))
  const { links, possible, explain } = customerMatcher.link(left, right)
  assert.equal(links.length, 17)
  assert.equal(possible.length, 17)
  for (const { a, b } of links) {
    assert.ok(left[a]?.name.startsWith((right[b]?.name.split(' ')[0] ?? '') as string))
    assert.equal(explain(a, b).decision, 'match')
  }
})

test('a key that too many share is told', () => {
  const records = Array.from({ length: 30 }, (_, at) => ({
    name: `N${at}`,
    city: at < 20 ? 'Kiel' : `C${at}`,
  }))
  const one = matcher<Customer>({
    fields: { name: { value: ({ name }) => name, by: exact } },
    blocks: [sameKey('city', ({ city }) => city, { most: 10 })],
  })
  const { tooLarge, compared } = one.deduplicate(records)
  assert.deepEqual(tooLarge, [{ block: 'city', key: 'Kiel', records: 20 }])
  assert.equal(compared, 0)
})

test('a chain of weak links does not join what is different at its ends', () => {
  const steps = ['aaaaaaaaaa', 'aaaaaaaabb', 'aaaaaabbbb', 'aaaabbbbbb', 'aabbbbbbbb', 'bbbbbbbbbb']
  const weights = { prior: 0.5, fields: { name: { m: [0.9, 0.09, 0.01], u: [0.001, 0.0009, 0.9981] } } }
  const chain = matcher<Customer>({
    fields: { name: { value: ({ name }) => name, by: damerau, steps: [0.8], rare: false } },
    blocks: [sameKey('all', () => 'all')],
    weights,
  })
  const { clusters, possible } = chain.deduplicate(steps.map(name => ({ name })))
  assert.deepEqual(clusters, [
    [0, 1],
    [2, 3],
    [4, 5],
  ])
  assert.deepEqual(possible.map(({ a, b }) => [a, b]).sort(), [
    [1, 2],
    [3, 4],
  ])
})

test('hostile texts are compared by their beginning', () => {
  const long = (letter: string) => `${letter.repeat(300_000)} ${'word '.repeat(20_000)}`
  const [a, b] = [long('a'), long('b')]
  for (const by of [
    jaroWinkler,
    damerau,
    sameWords,
    sameLetters,
    rareWords,
    sounds,
    apart(1),
    daysApart(1),
  ]) {
    const like = between(by, a, b)
    assert.ok(like >= 0 && like <= 1, by.name)
  }
})

test('few records, or none, are no trouble', () => {
  assert.deepEqual(customerMatcher.deduplicate([]).clusters, [])
  assert.deepEqual(customerMatcher.deduplicate([{ name: 'A B' }]).clusters, [[0]])
  assert.deepEqual(customerMatcher.link([], [{ name: 'A B' }]).links, [])
})

test('a matcher without field or block, or with limits the wrong way round, is refused', () => {
  const name = { value: (each: Customer) => each.name, by: exact }
  const all = sameKey<Customer>('name', each => each.name)
  for (const wrong of [
    { fields: {}, blocks: [all] },
    { fields: { name }, blocks: [] },
    { fields: { name }, blocks: [all], match: 0.5, possible: 0.9 },
    { fields: { name }, blocks: [all], match: 1 },
  ])
    assert.throws(
      () => matcher<Customer>(wrong as MatcherOptions<Customer>),
      (error: unknown) => error instanceof IsthmusError && error.code === 'FLOW-DEFINITION',
    )
})

test('each field survives by its rule, and says where it came from', () => {
  interface Row {
    readonly source: string
    readonly name: string
    readonly phone: string
    readonly city: string
    readonly changed: string
    readonly note?: string
  }
  const cluster: Row[] = [
    { source: 'crm', name: 'Acme', phone: '', city: 'Kiel', changed: '2026-01-01' },
    { source: 'erp', name: 'Acme Ltd', phone: '1', city: 'Lyon', changed: '2025-01-01' },
    { source: 'web', name: 'Acme Limited', phone: '2', city: 'Lyon', changed: '2024-01-01', note: 'x' },
  ]
  const { record, from, disputed } = merge(cluster, {
    name: longest,
    phone: newest(({ changed }) => changed),
    city: mostFrequent,
    source: mostTrusted(({ source }) => source, ['erp', 'crm']),
    changed: firstFilled,
  })
  assert.deepEqual(record, {
    source: 'erp',
    name: 'Acme Limited',
    phone: '1',
    city: 'Lyon',
    changed: '2026-01-01',
    note: 'x',
  })
  assert.deepEqual(from, { source: 1, name: 2, phone: 1, city: 1, changed: 0, note: 2 })
  assert.deepEqual(disputed, ['source', 'name', 'phone', 'city', 'changed'])
})
