import { answersTable, branchesTable, type Dialect, effectsTable } from '../database.ts'
import { checkIdentifier } from '../identifier.ts'

/** Keys are compared as bytes: no case, accent or trailing space makes two one. A key above 255 characters is refused. */
const keys = `json_table(?, '$[*]' columns (k varchar(255) path '$')) as j`

const batch = 500
const batchOfKeys = `insert into ${effectsTable} (effect_key) values ${Array(batch).fill('(?)').join(', ')}`

export const mysqlDialect: Dialect = {
  product: 'MySQL',
  placeholder: () => '?',
  insertRows: batch,
  writes: 1,
  quote: name => `\`${checkIdentifier(name).replaceAll('`', '``')}\``,
  /**
   * MySQL takes a conflict in any unique index for one in the key. The first assignment keeps a row that has another
   * key from being changed: there it gives the key no value, which the column refuses. Assignments are carried out
   * from left to right, so expressions come before the columns that they may read.
   */
  upsert(key, plain, expressions) {
    const same = key.map(column => `${column} <=> values(${column})`).join(' and ')
    const guard = `${key[0]} = if(${same}, ${key[0]}, null)`
    const sets = [guard, ...expressions, ...plain.map(column => `${column} = values(${column})`)]
    return ` on duplicate key update ${sets.join(', ')}`
  },
  /** In a derived table the order would be lost; a query that begins with WITH can stand nowhere else. */
  limited: (query, rows) =>
    /^\s*with\b/i.test(query)
      ? `select * from (\n${query}\n) as isthmus_rows limit ${rows}`
      : `(\n${query}\n) limit ${rows}`,
  beyond: (time, key, place, bind) =>
    `${time} >= ${bind(place.time)} and (${time} > ${bind(place.time)} or ${key} > ${bind(place.key)})`,
  createEffects:
    `create table if not exists ${effectsTable} ` +
    '(effect_key varbinary(1020) primary key, at timestamp(6) not null default current_timestamp(6)) engine=InnoDB',
  createAnswers: `create table if not exists ${answersTable} (effect_key varbinary(1020) primary key, answer longtext character set utf8mb4 not null) engine=InnoDB`,
  createBranches: `create table if not exists ${branchesTable} (branch varbinary(64) primary key, outcome varchar(20) not null, at timestamp(6) not null default current_timestamp(6)) engine=InnoDB`,
  /** Of a whole batch each key is a parameter, which is a little faster; others would need a text for each number. */
  insertKeys: given => ({
    text:
      given.length === batch
        ? batchOfKeys
        : `insert into ${effectsTable} (effect_key) select j.k from ${keys}`,
    table: effectsTable,
    values: given.length === batch ? given : [JSON.stringify(given)],
  }),
  findKeys: given => ({
    text: `select j.k as effect_key from ${keys} straight_join ${effectsTable} as e on e.effect_key = cast(j.k as binary)`,
    values: [JSON.stringify(given)],
  }),
  now: 'select cast(unix_timestamp(sysdate(6)) * 1000 as signed) as now',
  check: `select nullif(concat_ws(' ',
    if(@@innodb_flush_log_at_trx_commit = 1, null,
      'innodb_flush_log_at_trx_commit is not 1: the server may forget at a crash what it has confirmed.'),
    (select concat('The table ${effectsTable} has the engine ', engine, ', which has no transactions: make it InnoDB.')
      from information_schema.tables where table_schema = database() and table_name = '${effectsTable}'
      and engine <> 'InnoDB')), '') as warning`,
}
