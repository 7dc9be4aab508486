import { IsthmusError } from '../../errors.ts'
import { quoted, quotedText } from '../../system/warehouse.ts'

/** The period of the run: its beginning, its end (excluded), and the day of its beginning in the zone of the schedule. */
export const period = Object.freeze({
  from: Object.freeze({ period: 'from' } as const),
  until: Object.freeze({ period: 'until' } as const),
  date: Object.freeze({ period: 'date' } as const),
})

export type PeriodPart = (typeof period)[keyof typeof period]

/** A table by its name; what it is, `table()` says. */
export interface TableName {
  readonly kind: 'table'
  /** Of the warehouse. */
  readonly system: string
  readonly name: string
}

/** What may stand in a query: a table of the same warehouse, a part of the period, a value, a piece of another query. */
export type SqlPart = TableName | PeriodPart | SqlModel | string | number | boolean

/** A query whose rows a table is made of. What it reads is known by the tables that stand in it. */
export interface SqlModel {
  readonly kind: 'sql'
  readonly texts: readonly string[]
  readonly parts: readonly SqlPart[]
}

/**
 * `` sqlModel`select ... from ${orders} where day >= ${period.date}` ``, without `;` at its end. Texts and numbers
 * become literals; a table stands for what it holds once this run is published.
 */
export function sqlModel(texts: TemplateStringsArray, ...parts: readonly SqlPart[]): SqlModel {
  const wrong = parts.find(part => !isPart(part))
  if (wrong !== undefined)
    throw new IsthmusError(
      'FLOW-DEFINITION',
      `A query cannot hold ${JSON.stringify(wrong) ?? String(wrong)}.`,
    )
  return Object.freeze({
    kind: 'sql',
    texts: Object.freeze([...texts.raw]),
    parts: Object.freeze([...parts]),
  })
}

function isPart(part: unknown): boolean {
  if (typeof part === 'number') return Number.isFinite(part)
  if (typeof part === 'string' || typeof part === 'boolean') return true
  if (typeof part !== 'object' || part === null) return false
  return 'period' in part || ('kind' in part && (part.kind === 'sql' || part.kind === 'table'))
}

/** How a query is written for one run. */
export interface SqlScope {
  table(table: TableName): string
  period(part: PeriodPart['period']): string
}

export function sqlText({ texts, parts }: SqlModel, scope: SqlScope): string {
  return texts
    .map((text, at) => text + (at < parts.length ? partText(parts[at] as SqlPart, scope) : ''))
    .join('')
}

function partText(part: SqlPart, scope: SqlScope): string {
  if (typeof part === 'string') return quotedText(part)
  // `-1` behind a minus would begin a comment.
  if (typeof part !== 'object') return typeof part === 'number' && part < 0 ? `(${part})` : String(part)
  if ('period' in part) return scope.period(part.period)
  return part.kind === 'sql' ? sqlText(part, scope) : scope.table(part)
}

/** As it stands for people: tables by their names, parts of the period as `:from`. */
export const namedScope: SqlScope = { table: ({ name }) => quoted(name), period: part => `:${part}` }

/** Every table that a query reads, each once. */
export function tablesIn(query: SqlModel): readonly TableName[] {
  const found = query.parts.flatMap(part => {
    if (typeof part !== 'object' || 'period' in part) return []
    return part.kind === 'sql' ? tablesIn(part) : [part as TableName]
  })
  return [...new Set(found)]
}
