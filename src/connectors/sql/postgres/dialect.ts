import {
  answersTable,
  branchesTable,
  type Dialect,
  effectsTable,
  type Statement,
  standard,
} from '../database.ts'
import { list, lists } from './lists.ts'

export const postgresDialect: Dialect = {
  ...standard,
  product: 'PostgreSQL',
  placeholder: position => `$${position}`,
  insertRows: 128,
  writes: 1,
  lists,
  createEffects: `create table if not exists ${effectsTable} (effect_key text collate "C" primary key, at timestamptz not null default now())`,
  createAnswers: `create table if not exists ${answersTable} (effect_key text primary key, answer text not null)`,
  createBranches: `create table if not exists ${branchesTable} (branch text collate "C" primary key, outcome text not null, at timestamptz not null default now())`,
  insertKeys: keys => ({
    text: `insert into ${effectsTable} (effect_key) select unnest($1::text[])`,
    values: [list(keys) ?? '{}'],
  }),
  findKeys: keys => ({
    text: `select effect_key from ${effectsTable} where effect_key = any ($1::text[])`,
    values: [list(keys) ?? '{}'],
  }),
  now: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  check: `select case current_setting('synchronous_commit') when 'off' then
    'synchronous_commit is off: the server may forget at a crash what it has confirmed' end as warning`,
}

/**
 * The insert and that of the keys as one statement, which needs no transaction around it. The keys are inserted last,
 * so that a repeated row may show in any constraint of the table.
 */
export function insertWithKeys(insert: Statement, keys: readonly string[]): Statement {
  const position = insert.values.length + 1
  const effects = `insert into ${effectsTable} (effect_key) select unnest($${position}::text[])`
  return {
    ...insert,
    text: `with effects as (${effects}) ${insert.text}`,
    values: [...insert.values, list(keys) ?? '{}'],
  }
}
