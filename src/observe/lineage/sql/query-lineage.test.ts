import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { isDirect } from '../field-graph.ts'
import type { QueryLineage } from './query-lineage.ts'
import { SqlReader } from './reader.ts'

const tables: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  t: { id: 'int', a: 'int', b: 'int', c: 'text', d: 'date', l: 'int[]', s: 'struct(f int, g int)' },
  u: { id: 'int', x: 'int', y: 'text', a: 'int' },
  v: { id: 'int', up: 'int', n: 'int' },
}

/** What each column is made of: `name: direct | indirect`. `?` stands for what is not complete. */
const queries: readonly (readonly [sql: string, ...columns: string[]])[] = [
  ['select a from t', 'a: t.a'],
  ['select t.a as z, q.b from t, t as q', 'z: t.a', 'b: t.b'],
  ['select a + b as z from t', 'z: t.a t.b'],
  ['select 1 as one, current_date as today', 'one:', 'today:'],
  ['select upper(c) as c, coalesce(a, b) as z from t', 'c: t.c', 'z: t.a t.b'],
  ['select cast(a as text) as z, b::double as w from t', 'z: t.a', 'w: t.b'],
  ['select a from t where b > 2', 'a: t.a | t.b'],
  ['select A, T.B from t as T', 'A: t.a', 'B: t.b'],
  ['select * from u', 'id: u.id', 'x: u.x', 'y: u.y', 'a: u.a'],
  ['select u.*, 1 as one from u', 'id: u.id', 'x: u.x', 'y: u.y', 'a: u.a', 'one:'],
  ['select * exclude (y, a) from u', 'id: u.id', 'x: u.x'],
  ['select * replace (x + id as x) from u', 'id: u.id', 'x: u.x u.id', 'y: u.y', 'a: u.a'],
  ['select * rename (y as z) from u', 'id: u.id', 'x: u.x', 'z: u.y', 'a: u.a'],
  ['from u', 'id: u.id', 'x: u.x', 'y: u.y', 'a: u.a'],
  ['select t.a, u.x from t join u on t.id = u.id', 'a: t.a | t.id u.id', 'x: u.x | t.id u.id'],
  [
    'select t.b, u.x from t left join u on t.id = u.id and u.a > 1',
    'b: t.b | t.id u.id u.a',
    'x: u.x | t.id u.id u.a',
  ],
  [
    'select id, t.b, x from t join u using (id)',
    'id: t.id | u.id',
    'b: t.b | t.id u.id',
    'x: u.x | t.id u.id',
  ],
  ['select id from t full join u using (id)', 'id: t.id u.id'],
  ['select id from t right join u using (id)', 'id: u.id | t.id'],
  [
    'select * from u join v using (id)',
    'id: u.id | v.id',
    'x: u.x | u.id v.id',
    'y: u.y | u.id v.id',
    'a: u.a | u.id v.id',
    'up: v.up | u.id v.id',
    'n: v.n | u.id v.id',
  ],
  ['select x, n from u natural join v', 'x: u.x | u.id v.id', 'n: v.n | u.id v.id'],
  ['select n, up from v semi join u using (id)', 'n: v.n | u.id v.id', 'up: v.up | u.id v.id'],
  ['select n from v anti join u on v.id = u.x', 'n: v.n | v.id u.x'],
  ['select c, sum(a) as total from t group by c', 'c: t.c', 'total: t.a | t.c'],
  ['select c as k, count(*) as n from t group by k having count(*) > 1', 'k: t.c', 'n: | t.c'],
  ['select c, max(b) as m from t group by 1 having sum(a) > 3', 'c: t.c | t.a', 'm: t.b | t.c t.a'],
  ['select c, sum(a) as total from t group by all', 'c: t.c', 'total: t.a | t.c'],
  ['select c, sum(a) as total from t group by rollup (c)', 'c: t.c', 'total: t.a | t.c'],
  ['select sum(a) filter (where b > 2) as z from t', 'z: t.a | t.b'],
  ['select count(distinct a) as n, avg(b) as m from t', 'n: t.a', 'm: t.b'],
  ["select string_agg(c, ',' order by b) as z from t", 'z: t.c | t.b'],
  ['select case when a > 2 then b else id end as z from t', 'z: t.b t.id | t.a'],
  ["select case a when 1 then c else 'x' end as z from t", 'z: t.c | t.a'],
  ['select row_number() over (partition by c order by b) as n from t', 'n: | t.c t.b'],
  [
    'select sum(a) over (partition by c order by b, id rows 1 preceding) as z from t',
    'z: t.a | t.c t.b t.id',
  ],
  ['select lag(a, 1, b) over (order by id) as z from t', 'z: t.a t.b | t.id'],
  ['select a from t qualify row_number() over (partition by c order by b, id) = 1', 'a: t.a | t.c t.b t.id'],
  ['select sum(a) over w as z from t window w as (partition by c)', 'z: t.a | t.c'],
  ['with q as (select a, b from t where id > 1) select a + b as z from q', 'z: t.a t.b | t.id'],
  ['with q(k, w) as (select a, b from t) select w from q', 'w: t.b'],
  ['with t as (select x as a from u) select a from t', 'a: u.x'],
  ['with p as (select a from t), q as (select a * 2 as w from p) select q.w from q', 'w: t.a'],
  ['select z from (select a + 1 as z from t) as q', 'z: t.a'],
  ['select w from (select a, b from t) as q(k, w)', 'w: t.b'],
  ['select a from t union all select x from u', 'a: t.a u.x'],
  ['select a from t union select x from u', 'a: t.a u.x'],
  ['select a, b from t union all by name select x as b, id as a from u', 'a: t.a u.id', 'b: t.b u.x'],
  ['select a from t except select x from u', 'a: t.a | u.x'],
  ['select a from t intersect select x from u', 'a: t.a | u.x'],
  ['select distinct c from t', 'c: t.c'],
  ['select distinct c, b from t', 'c: t.c | t.b', 'b: t.b | t.c'],
  ['select distinct on (c) c, a from t order by b, id', 'c: t.c | t.b t.id', 'a: t.a | t.c t.b t.id'],
  ['select a from t order by b, id limit 2', 'a: t.a | t.b t.id'],
  ['select -a as b from t order by b limit 1', 'b: t.a'],
  ['select a from t where id in (select id from u where x > 1)', 'a: t.a | t.id u.id u.x'],
  ['select a from t where exists (select 1 from u where u.id = t.id and u.x > 1)', 'a: t.a | t.id u.id u.x'],
  ['select (select max(x) from u where u.id = t.id) as m from t', 'm: u.x | t.id u.id'],
  ['select a, a > all (select x from u) as z from t', 'a: t.a', 'z: t.a u.x'],
  [
    'select q.z from t, lateral (select t.a + u.x as z from u where u.id = t.id) as q',
    'z: t.a u.x | t.id u.id',
  ],
  ['select q.e from t, unnest(t.l) as q(e)', 'e: t.l'],
  ['select unnest(l) as e, id from t', 'e: t.l', 'id: t.id | t.l'],
  ['select list_transform(l, lambda e: e + a) as z from t', 'z: t.l t.a'],
  ['select [e * b for e in l if e > 1] as z from t', 'z: t.l t.b'],
  ['select s.f as f, t.s.g as g, s.f + 1 as h from t', 'f: t.s', 'g: t.s', 'h: t.s'],
  ["select struct_pack(p := a, q := c) as z, {'k': b} as w from t", 'z: t.a t.c', 'w: t.b'],
  ['select t as whole from (select id, a from t) as t', 'whole: t.id t.a'],
  ['select a as z, z + b as w from t', 'z: t.a', 'w: t.a t.b'],
  ['select id, w from (values (1, 2), (3, 4)) as q(id, w)', 'id:', 'w:'],
  ['select a between b and id as z, a in (1, b) as w from t', 'z: t.a t.b t.id', 'w: t.a t.b'],
  ["select extract(year from d) as y, date_trunc('month', d) as m from t", 'y: t.d', 'm: t.d'],
  [
    'with recursive r as (select id, n, 0 as k from v where up is null union all select v.id, r.n + v.n, r.k + 1 from v join r on v.up = r.id where r.k < 3) select id, n from r',
    'id: v.id | v.up',
    'n: v.n | v.up v.id',
  ],
  ['select i from range(3) as g(i)', 'i:'],
  ['select #2 as z from u', 'z: u.x'],
  [
    'select t.b, u.x from t asof join u on t.c = u.y and t.a >= u.a',
    'b: t.b | t.c u.y t.a u.a',
    'x: u.x | t.c u.y t.a u.a',
  ],
  ['select columns(*) from v', 'id: v.id', 'up: v.up', 'n: v.n'],
  ['select arg_max(c, b) as z from t', 'z: t.c t.b'],
  ['select p.n from (select * from u join v using (id)) as p where p.x > 1', 'n: v.n | u.id v.id u.x'],
  ['select w from other.raw', 'w: other.raw.w'],
  ['select r.w, t.a from raw r join t on r.k = t.id', 'w: raw.w | raw.k t.id', 'a: t.a | raw.k t.id'],
  ['select w, a from raw join t on true', 'w: ?', 'a: t.a'],
  ["select z from read_csv('x.csv') as f", 'z: ?'],
  ['select nobody from t', 'nobody: ?'],
]

const open = await DuckDBInstance.create(':memory:')
const db = await open.connect()
after(() => db.closeSync())

for (const [name, columns] of Object.entries(tables))
  await db.run(
    `create table ${name} (${Object.entries(columns)
      .map(each => each.join(' '))
      .join(', ')})`,
  )
await db.run(`create view raw as select 1 as w, 2 as k`)
const rows: Readonly<Record<string, string>> = {
  t: `(1, 1, 5, 'p', date '2020-01-31', [1, 2], {f: 1, g: 2}), (2, 3, 4, 'p', date '2021-02-28', [3], {f: 3, g: 4}),
      (3, 2, 1, 'q', date '2022-03-31', [2, 4], {f: 5, g: 6}), (4, 3, 2, 'r', date '2023-04-30', [5], {f: 7, g: 8})`,
  u: `(1, 2, 'p', 1), (2, 3, 'q', 2), (3, 1, 'q', 2), (5, 9, 'p', 3)`,
  v: `(1, null, 10), (2, 1, 20), (3, 2, 30), (7, null, 70)`,
}
for (const [name, values] of Object.entries(rows)) await db.run(`insert into ${name} values ${values}`)

const reader = new SqlReader()
const read = (sql: string) =>
  reader.read(sql, (name, schema) => {
    const columns = schema === '' ? tables[name] : undefined
    return { id: schema ? `${schema}.${name}` : name, ...(columns && { columns: Object.keys(columns) }) }
  })

for (const [sql, ...expected] of queries)
  test(`lineage of ${sql}`, async () => {
    const found = await read(sql)
    assert.deepEqual(found.columns.map(toldAs), expected.map(inOrder), found.unknown.join())
  })

test('every column that DuckDB says a query has is told, under its name', async () => {
  for (const [sql] of queries) {
    if (/nobody|other|read_csv/.test(sql)) continue
    const described = await db.runAndReadAll(`describe ${sql}`)
    const found = await read(sql)
    const names = described.getRowObjects().map(row => String(row.column_name))
    if (!found.open || found.columns.length > 0)
      assert.deepEqual(
        found.columns.map(({ name }) => name.toLowerCase()),
        names.map(name => name.toLowerCase()),
        sql,
      )
  }
})

test('what changes when the values of a column change is told as made of it', async () => {
  let seen = 0
  for (const [sql] of queries) {
    if (/nobody|other|read_csv|raw/.test(sql)) continue
    const found = await read(sql)
    const before = await valuesOf(sql)
    for (const [table, columns] of Object.entries(tables).filter(([name]) =>
      new RegExp(`\\b${name}\\b`).test(sql),
    ))
      for (const [column, type] of Object.entries(columns))
        for (const change of changesOf(column, type)) {
          await db.run(`begin; update ${table} set ${change}`)
          const now = await valuesOf(sql)
          await db.run('rollback')
          for (const [at, { name, sources, complete }] of found.columns.entries()) {
            if (before[at] === now[at] || !complete) continue
            seen++
            const isTold = sources.some(source => source.table === table && source.column === column)
            assert.ok(isTold, `${sql}: ${name} changes with ${table}.${column}`)
          }
        }
  }
  assert.ok(seen > 300, `${seen} changes were seen`)
})

test('how a column is used is told as OpenLineage distinguishes it', async () => {
  const sql = `select u.y, sum(case when t.b > 1 then t.a end) as total from t join u on t.id = u.id
    where t.d > date '2020-01-01' group by u.y order by total`
  const { columns } = await read(sql)
  assert.deepEqual(Object.fromEntries((columns[1]?.sources ?? []).map(each => [each.column, each.uses])), {
    a: ['aggregation', 'sort'],
    b: ['condition', 'sort'],
    id: ['join'],
    d: ['filter'],
    y: ['group'],
  })
})

test('what is not a query of DuckDB is refused, and what is not followed is said', async () => {
  await assert.rejects(read('select a from t; select b from t'), /not one query/)
  await assert.rejects(read('select from where'), /cannot be read/)
  await assert.rejects(read('delete from t'), /cannot be read/)
  const pivoted = await read('select * from (select c, a from t) pivot (sum(a) for c in (1, 2))')
  assert.deepEqual([pivoted.open, pivoted.unknown[0]], [true, 'pivot is not followed'])
})

function toldAs({ name, sources, complete }: QueryLineage['columns'][number]): string {
  if (!complete && sources.length === 0) return `${name}: ?`
  const direct = sources.filter(({ uses }) => uses.some(isDirect))
  const others = sources.filter(each => !direct.includes(each))
  const list = (all: typeof sources) => all.map(({ table, column }) => `${table}.${column}`).join(' ')
  return inOrder(`${name}: ${list(direct)} | ${list(others)}${complete ? '' : ' ?'}`)
}

function inOrder(told: string): string {
  const [name = '', list = ''] = told.split(': ')
  const sides = list.split('|').map(side => side.trim().split(' ').filter(Boolean).sort().join(' '))
  return `${name.replace(/:$/, '')}: ${sides[0] ?? ''}${sides[1] ? ` | ${sides[1]}` : ''}`.trim()
}

/** The values of each column, in any order of rows. */
async function valuesOf(sql: string): Promise<string[]> {
  const result = await db.runAndReadAll(sql)
  return result
    .getColumnsJson()
    .map(values => JSON.stringify(values.map(value => JSON.stringify(value)).sort()))
}

function changesOf(column: string, type: string): string[] {
  switch (type) {
    case 'int':
      return [
        `${column} = coalesce(${column}, 0) + 1`,
        `${column} = 7 - ${column}`,
        `${column} = 2`,
        `${column} = id % 2 + 1`,
      ]
    case 'text':
      return [
        `${column} = 'p'`,
        `${column} = ${column} || id`,
        `${column} = case when id > 1 then 'q' else 'r' end`,
      ]
    case 'date':
      return [`${column} = ${column} + 400`]
    case 'int[]':
      return [`${column} = [7, id]`]
    default:
      return [`${column} = {f: id, g: 9}`, `${column} = {f: 9, g: id}`]
  }
}
