import { type CatalogueReader, relationsOf } from './catalogue.ts'

/** Source: MariaDB and MySQL documentation, "Information Schema". Values of an enum stand in its type. */
export const readMysql: CatalogueReader = async (look, wanted) => {
  const schema = wanted ?? String((await look('select database() as name'))[0]?.name)
  const [relations, columns, constraints, routines] = [
    await look(
      `select table_name as name, if(table_type like '%VIEW%', 'view', 'table') as kind,
        if(table_type like '%VIEW%', '', table_comment) as comment
        from information_schema.tables where table_schema = ? order by table_name`,
      [schema],
    ),
    await look(
      `select table_name as relation, column_name as name, column_type as type, is_nullable = 'YES' as nullable,
        column_default is not null or extra like '%auto_increment%' or extra like '%generated%' as optional,
        extra like '%on update%' as touched, column_comment as comment
        from information_schema.columns where table_schema = ? order by table_name, ordinal_position`,
      [schema],
    ),
    await look(
      `select t.table_name as relation, t.constraint_name as id,
        case t.constraint_type when 'PRIMARY KEY' then 'p' when 'UNIQUE' then 'u' else 'f' end as kind,
        k.column_name as name, k.referenced_table_name as target, k.referenced_column_name as reference
        from information_schema.table_constraints as t join information_schema.key_column_usage as k
          on k.table_schema = t.table_schema and k.table_name = t.table_name and k.constraint_name = t.constraint_name
        where t.table_schema = ? and t.constraint_type in ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
        order by t.table_name, t.constraint_name, k.ordinal_position`,
      [schema],
    ),
    await look(
      'select routine_name as name from information_schema.routines where routine_schema = ? order by routine_name',
      [schema],
    ),
  ]
  const withValues = columns.map(row => ({ ...row, vals: enumValues(String(row.type)) }))
  return {
    schema,
    relations: relationsOf(relations, withValues, constraints),
    routines: routines.map(row => String(row.name)),
  }
}

/** `enum('a','it''s')` as JSON. */
function enumValues(type: string): string | undefined {
  if (!type.startsWith('enum(')) return undefined
  const quoted = type.matchAll(/'((?:[^']|'')*)'/g)
  return JSON.stringify([...quoted].map(([, value = '']) => value.replaceAll("''", "'")))
}
