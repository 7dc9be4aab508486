import { existsSync } from 'node:fs'
import { allPairs, sameText } from './match/baselines.ts'
import { febrl, type Gold, type Person, type Quality, quality, type Site, sites } from './match/gold.ts'
import { manyPersons } from './match/many.ts'
import { persons, places } from './match/matchers.ts'
import { table } from './support/harness.ts'

// Precision and recall over pairs against the true entities, which nobody sees but the count; and seconds. Beside them, on
// the same records: the same key after cleaning, and each record with each other by one likeness (Jaro-Winkler).
const corpus = process.env.ISTHMUS_CORPUS
if (corpus === undefined || !existsSync(corpus)) {
  console.error('ISTHMUS_CORPUS says where the gold data are, and is not set.')
  process.exit(2)
}
const nameOf = (person: Person) => `${person.given_name} ${person.surname} ${person.date_of_birth}`
const siteOf = (site: Site) => `${site['Site name']} ${site.Address}`

interface Way<T> {
  readonly name: string
  clusters(records: readonly T[]): readonly (readonly number[])[]
}

const ways = <T>(matcher: Way<T>['clusters'], keyOf: (record: T) => string): readonly Way<T>[] => [
  { name: 'same key', clusters: records => sameText(records, keyOf) },
  { name: 'all pairs, Jaro-Winkler', clusters: records => allPairs(records, keyOf, 0.92) },
  { name: 'isthmus/match', clusters: matcher },
]
const ofPersons = ways<Person>(records => persons.deduplicate(records).clusters, nameOf)
const ofSites = ways<Site>(records => places.deduplicate(records).clusters, siteOf)

function measured<T>(data: string, { records, truth }: Gold<T>, { name, clusters }: Way<T>) {
  const cpu = process.cpuUsage()
  const start = performance.now()
  const found = clusters(records)
  const seconds = ((performance.now() - start) / 1000).toFixed(2)
  const { user, system } = process.cpuUsage(cpu)
  const processor = ((user + system) / 1e6).toFixed(2)
  return {
    data,
    records: records.length,
    way: name,
    ...rounded(quality(found, truth)),
    seconds,
    'processor s': processor,
  }
}

function rounded({ precision, recall, f1 }: Quality): Record<keyof Quality, string> {
  return { precision: precision.toFixed(4), recall: recall.toFixed(4), f1: f1.toFixed(4) }
}

const third = febrl(corpus, 'dataset3.csv')
const rows = [
  ...ofPersons.map(way => measured('Febrl dataset1', febrl(corpus, 'dataset1.csv'), way)),
  ...ofPersons.map(way => measured('Febrl dataset3', third, way)),
  ...ofSites.map(way => measured('organisation sites', sites(corpus), way)),
]
const many = manyPersons(third.records, 100_000)
for (const way of [ofPersons[0], ofPersons[2]]) if (way) rows.push(measured('100,000 persons', many, way))
if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
else console.log(table(rows))
if (!process.argv.includes('--json'))
  console.log(`at most ${Math.round(process.resourceUsage().maxRSS / 1000)} MB of memory`)
