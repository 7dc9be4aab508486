import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Records with the entity that each truly is, which no matcher sees. */
export interface Gold<T> {
  readonly records: readonly T[]
  readonly truth: readonly string[]
}

export interface Person {
  readonly given_name: string
  readonly surname: string
  readonly street_number: string
  readonly address_1: string
  readonly address_2: string
  readonly suburb: string
  readonly postcode: string
  readonly state: string
  readonly date_of_birth: string
  readonly soc_sec_id: string
}

export interface Site {
  readonly Source: string
  readonly 'Site name': string
  readonly Address: string
  readonly Zip: string
  readonly Phone: string
  readonly 'Program Name': string
}

export function febrl(folder: string, name: string): Gold<Person> {
  const rows = readCsv(join(folder, 'cleaning/febrl', name))
  return gold(rows, row => (row.rec_id as string).split('-').slice(0, 2).join('-'))
}

export function sites(folder: string): Gold<Site> {
  const rows = readCsv(join(folder, 'cleaning/org-sites-dirty-with-true-ids.csv'))
  return gold(rows, row => row['True Id'] as string)
}

function gold<T>(
  rows: readonly Record<string, string>[],
  entity: (row: Record<string, string>) => string,
): Gold<T> {
  const shown = rows.map(({ rec_id: _, 'True Id': __, Id: ___, ...rest }) => rest)
  return { records: shown as T[], truth: rows.map(entity) }
}

function readCsv(path: string): Record<string, string>[] {
  const [head = [], ...rows] = cells(readFileSync(path, 'utf8'))
  return rows.map(row => Object.fromEntries(head.map((name, at) => [name.trim(), (row[at] ?? '').trim()])))
}

function cells(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  for (const [, quoted, plain = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === ',') continue
    if (row.length > 1) rows.push(row)
    row = []
  }
  return rows
}

export interface Quality {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Over pairs: of those put together how many are, and of those that are how many were put together. */
export function quality(clusters: readonly (readonly number[])[], truth: readonly string[]): Quality {
  const pairs = (n: number) => (n * (n - 1)) / 2
  const sum = (groups: Iterable<readonly unknown[]>) =>
    [...groups].reduce((so, group) => so + pairs(group.length), 0)
  const entities = Map.groupBy(truth.keys(), at => truth[at])
  const right = clusters.reduce((so, cluster) => so + sum(Map.groupBy(cluster, at => truth[at]).values()), 0)
  const [precision, recall] = [right / sum(clusters), right / sum(entities.values())]
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) }
}
