import { branchesTable, type Dialect, effectsTable, standard } from '../database.ts'

export const sqliteDialect: Dialect = {
  ...standard,
  product: 'SQLite',
  placeholder: position => `?${position}`,
  insertRows: 16,
  writes: 2,
  createEffects: `create table if not exists ${effectsTable} (effect_key text primary key, at text not null default current_timestamp) without rowid`,
  createBranches: `create table if not exists ${branchesTable} (branch text primary key, outcome text not null, at text not null default current_timestamp) without rowid`,
  insertKeys: keys => ({
    text: `insert into ${effectsTable} (effect_key) select value from json_each(?1)`,
    values: [JSON.stringify(keys)],
  }),
  findKeys: keys => ({
    text: `select effect_key from ${effectsTable} where effect_key in (select value from json_each(?1))`,
    values: [JSON.stringify(keys)],
  }),
  now: `select unixepoch('subsec') * 1000 as now`,
  check: 'select null as warning from sqlite_schema union all select null limit 1',
}
