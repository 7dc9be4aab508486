import { type Dialect, effectsTable } from '../database.ts'

export const postgresDialect: Dialect = {
  product: 'PostgreSQL',
  placeholder: position => `$${position}`,
  createEffects: `create table if not exists ${effectsTable} (effect_key text primary key, at timestamptz not null default now())`,
  insertKeys: keys => ({
    text: `insert into ${effectsTable} (effect_key) select unnest($1::text[])`,
    values: [textArray(keys)],
  }),
  findKeys: keys => ({
    text: `select effect_key from ${effectsTable} where effect_key = any ($1::text[])`,
    values: [textArray(keys)],
  }),
  now: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now',
  check: `select case current_setting('synchronous_commit') when 'off' then
    'synchronous_commit is off: the server may forget at a crash what it has confirmed' end as warning`,
}

/** Source: PostgreSQL documentation, 8.15.2 Array Value Input. */
function textArray(texts: readonly string[]): string {
  const escaped = texts.some(text => /["\\]/.test(text))
    ? texts.map(text => text.replace(/["\\]/g, '\\$&'))
    : texts
  return texts.length === 0 ? '{}' : `{"${escaped.join('","')}"}`
}
