import { jaroWinklerOf } from '../../src/model/match/edits.ts'
import { words } from '../../src/model/match/words.ts'

type Clusters = readonly (readonly number[])[]

const plain = (text: string) => words(text).join(' ')

/** Records are one where the cleaned key is the same. */
export function sameText<T>(records: readonly T[], keyOf: (record: T) => string): Clusters {
  return [...Map.groupBy(records.keys(), at => plain(keyOf(records[at] as T))).values()]
}

/** Each record with each other, joined where the cleaned keys are alike; what hangs together is one. */
export function allPairs<T>(records: readonly T[], keyOf: (record: T) => string, least: number): Clusters {
  const keys = records.map(record => plain(keyOf(record)))
  const parents = [...keys.keys()]
  const rootOf = (at: number): number => {
    let root = at
    while (parents[root] !== root) root = parents[root] as number
    return root
  }
  for (let a = 0; a < keys.length; a++)
    for (let b = a + 1; b < keys.length; b++)
      if (jaroWinklerOf(keys[a] as string, keys[b] as string) >= least) parents[rootOf(b)] = rootOf(a)
  return [...Map.groupBy(parents.keys(), rootOf).values()]
}
