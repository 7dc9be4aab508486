import { type CatalogueReader, relationsOf } from './catalogue.ts'

/** Source: PostgreSQL documentation, chapter "System Catalogs". Columns that are dropped or of the system are left out. */
export const readPostgres: CatalogueReader = async (look, wanted) => {
  const schema = wanted ?? String((await look('select current_schema() as name'))[0]?.name)
  const relation = `from pg_class as c join pg_namespace as n on n.oid = c.relnamespace and n.nspname = $1`
  const [relations, columns, constraints, routines] = [
    await look(
      `select c.relname as name, case when c.relkind in ('v', 'm') then 'view' else 'table' end as kind,
        obj_description(c.oid, 'pg_class') as comment ${relation}
        where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition order by c.relname`,
      [schema],
    ),
    await look(
      `select c.relname as relation, a.attname as name, not a.attnotnull as nullable,
        case when t.typtype = 'd' then format_type(t.typbasetype, t.typtypmod)
          else format_type(a.atttypid, a.atttypmod) end as type,
        a.atthasdef or a.attidentity <> '' as optional, false as touched,
        (select json_agg(e.enumlabel order by e.enumsortorder) from pg_enum as e where e.enumtypid = a.atttypid)::text as vals,
        col_description(c.oid, a.attnum) as comment
        ${relation} join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        join pg_type as t on t.oid = a.atttypid where c.relkind in ('r', 'p', 'v', 'm', 'f') order by c.relname, a.attnum`,
      [schema],
    ),
    await look(
      `select c.relname as relation, k.conname as id, k.contype::text as kind, a.attname as name,
        f.relname as target, fa.attname as reference
        ${relation} join pg_constraint as k on k.conrelid = c.oid and k.contype in ('p', 'u', 'f')
        cross join unnest(k.conkey) with ordinality as part (number, place)
        join pg_attribute as a on a.attrelid = c.oid and a.attnum = part.number
        left join pg_class as f on f.oid = k.confrelid
        left join pg_attribute as fa on fa.attrelid = k.confrelid and fa.attnum = k.confkey[part.place]
        order by c.relname, k.conname, part.place`,
      [schema],
    ),
    await look(
      `select p.proname as name from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = $1 and p.prokind in ('p', 'f') order by p.proname`,
      [schema],
    ),
  ]
  return {
    schema,
    relations: relationsOf(relations, columns, constraints),
    routines: routines.map(row => String(row.name)),
  }
}
