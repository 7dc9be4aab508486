import { type CatalogueReader, relationsOf } from './catalogue.ts'

/** Source: SQLite documentation, "PRAGMA functions". */
export const readSqlite: CatalogueReader = async look => {
  const among = `from sqlite_schema as m`
  const own = `m.type in ('table', 'view') and m.name not like 'sqlite\\_%' escape '\\'`
  const [relations, columns, keys, uniques, foreign] = [
    await look(
      `select m.name as name, m.type as kind, null as comment ${among} where ${own} order by m.name`,
    ),
    await look(
      `select m.name as relation, c.name as name, lower(c.type) as type, c."notnull" = 0 and c.pk = 0 as nullable,
        c.dflt_value is not null or (c.pk = 1 and lower(c.type) = 'integer') as optional, null as vals,
        null as comment, 0 as touched
        ${among} join pragma_table_info(m.name) as c where ${own} order by m.name, c.cid`,
    ),
    await look(
      `select m.name as relation, 'p' as id, 'p' as kind, c.name as name
        ${among} join pragma_table_info(m.name) as c where ${own} and c.pk > 0 order by m.name, c.pk`,
    ),
    await look(
      `select m.name as relation, i.name as id, 'u' as kind, c.name as name
        ${among} join pragma_index_list(m.name) as i join pragma_index_info(i.name) as c
        where ${own} and i."unique" = 1 and i.origin <> 'pk' and i.partial = 0 and c.name is not null
        order by m.name, i.name, c.seqno`,
    ),
    await look(
      `select m.name as relation, 'f' || f.id as id, 'f' as kind, f."from" as name, f."table" as target, f."to" as reference
        ${among} join pragma_foreign_key_list(m.name) as f where ${own} order by m.name, f.id, f.seq`,
    ),
  ]
  return {
    schema: 'main',
    relations: relationsOf(relations, columns, [...keys, ...uniques, ...foreign]),
    routines: [],
  }
}
