import type { Row } from '../database.ts'

/** What a database says of one of its schemas. */
export interface Catalogue {
  readonly schema: string
  readonly relations: readonly Relation[]
  readonly routines: readonly string[]
}

export interface Relation {
  readonly name: string
  readonly kind: 'table' | 'view'
  readonly comment: string | undefined
  readonly columns: readonly Column[]
  readonly primary: readonly string[]
  readonly uniques: readonly (readonly string[])[]
  readonly foreign: readonly ForeignKey[]
}

export interface Column {
  readonly name: string
  /** In lower case, with length or digits where it has them: `varchar(20)`, `decimal(10,2)`. */
  readonly type: string
  readonly nullable: boolean
  /** A row need not mention it. */
  readonly optional: boolean
  readonly values: readonly string[] | undefined
  readonly comment: string | undefined
  /** The database itself sets it to the time of the change. */
  readonly touched: boolean
}

export interface ForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  readonly references: readonly string[]
}

/** Answers a query of the catalogue, with values for its parameters. */
export type Look = (text: string, values?: readonly string[]) => Promise<readonly Row[]>

/** One for each product. Without a name the schema is the one that the url leads to. */
export type CatalogueReader = (look: Look, schema: string | undefined) => Promise<Catalogue>

/**
 * Puts rows together. `columns` have `relation`, `name`, `type`, `nullable`, `optional`, `vals` (JSON), `comment` and
 * `touched`; `constraints`, one row a column and in its order, `relation`, `id`, `kind` (`p`, `u`, `f`), `name`,
 * `target` and `reference`.
 */
export function relationsOf(
  relations: readonly Row[],
  columns: readonly Row[],
  constraints: readonly Row[],
): Relation[] {
  const columnsOf = Map.groupBy(columns, row => String(row.relation))
  const constraintsOf = Map.groupBy(constraints, row => String(row.relation))
  return relations.map(({ name, kind, comment }) => {
    const own = [...Map.groupBy(constraintsOf.get(String(name)) ?? [], row => String(row.id)).values()]
    const ofKind = (wanted: string) => own.filter(rows => rows[0]?.kind === wanted)
    const names = (rows: readonly Row[]) => rows.map(row => String(row.name))
    return {
      name: String(name),
      kind: kind === 'view' ? 'view' : 'table',
      comment: textOf(comment),
      columns: (columnsOf.get(String(name)) ?? []).map(columnOf),
      primary: names(ofKind('p')[0] ?? []),
      uniques: ofKind('u').map(names),
      foreign: ofKind('f').map(rows => ({
        columns: names(rows),
        table: String(rows[0]?.target),
        references: rows.map(row => String(row.reference ?? '')).filter(text => text !== ''),
      })),
    }
  })
}

function columnOf(row: Row): Column {
  return {
    name: String(row.name),
    type: String(row.type).toLowerCase(),
    nullable: Boolean(row.nullable),
    optional: Boolean(row.optional),
    values: typeof row.vals === 'string' ? (JSON.parse(row.vals) as string[]) : undefined,
    comment: textOf(row.comment),
    touched: Boolean(row.touched),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
