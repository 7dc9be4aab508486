import type { SimulatedDatabase } from './simulated-database.ts'
import type { Wanted } from './transfers.ts'

/** Holds the end of a simulation against what was promised of transactions. */
export function judgeTransactions(
  databases: readonly SimulatedDatabase[],
  wanted: readonly Wanted[],
  trace: readonly string[],
): string[] {
  return [
    ...databases
      .filter(({ standing }) => !standing.has('app-1'))
      .map(({ name }) => `${name}: a branch of somebody else was ended`),
    ...wanted.flatMap(each => judgeOne(each, databases, trace)),
  ]
}

/** All or nothing, and once; only where an administrator has ended a branch it may be mixed, and is told to be. */
function judgeOne(
  wanted: Wanted,
  databases: readonly SimulatedDatabase[],
  trace: readonly string[],
): string[] {
  const { data, effectKey, ended } = wanted
  const counts = databases.map(({ name, rows }) => ({
    name,
    count: rows.filter(row => row.effectKey === effectKey).length,
  }))
  const twice = counts
    .filter(({ count }) => count > 1)
    .map(({ name }) => `${data.no} happened twice in ${name}`)
  if (ended === undefined) return [...twice, `${data.no} has not ended`]
  const writing = counts.filter(({ name }) => data.without !== name && data.nothing !== name)
  const isByHand = databases.some(({ byHand }) => byHand.has(effectKey))
  if (isByHand) return [...twice, ...wrongByHand(wanted, writing, trace)]
  const expected = ended === 'done' || wanted.mayBeMixed ? 1 : 0
  if (ended === 'mixed' && !wanted.mayBeMixed)
    return [...twice, `${data.no} is mixed, and nobody has ended a branch by hand`]
  const wrong = writing.filter(({ count }) => count !== expected)
  return [
    ...twice,
    ...wrong.map(({ name, count }) => `${data.no} is ${ended}, and ${count} times in ${name}`),
  ]
}

function wrongByHand(
  { data, ended }: Wanted,
  writing: readonly { readonly count: number }[],
  trace: readonly string[],
): string[] {
  if (new Set(writing.map(({ count }) => count)).size < 2) return []
  if (ended === 'done') return [`${data.no} came out mixed, and is said to be done`]
  const isTold = ended === 'mixed' || trace.some(line => line.includes('came out mixed'))
  return isTold ? [] : [`${data.no} came out mixed, and nobody was told`]
}
