import type { Decimal } from '../../model/decimal.ts'
import type { RequesterChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Effect } from '../../system/effect.ts'
import type { CheckSeverity, TableCheck } from './check-table.ts'
import type { Reading } from './extraction.ts'
import type { SqlModel, TableName } from './sql-model.ts'
import type { Table } from './table.ts'

/** `name` is for people; made of what is checked if absent. `severity` is `stop` if absent. */
interface CheckOptions {
  readonly name?: string | undefined
  readonly severity?: CheckSeverity | undefined
}

const about = (made: string, { name = made, severity = 'stop' }: CheckOptions) => ({ name, severity })

/** No two rows have the same values in these columns. */
export function unique<const K extends string>(
  columns: readonly K[],
  options: CheckOptions = {},
): TableCheck<K> {
  return { kind: 'unique', columns, ...about(`unique ${columns.join(', ')}`, options) }
}

/** These columns hold a value in every row. */
export function present<const K extends string>(
  columns: readonly K[],
  options: CheckOptions = {},
): TableCheck<K> {
  return { kind: 'present', columns, ...about(`present ${columns.join(', ')}`, options) }
}

/** What these columns say is a row of another table: of its columns `to`, those of its model's key if absent. */
export function references<const K extends string>(
  columns: readonly K[],
  // biome-ignore lint/suspicious/noExplicitAny: a model is invariant, and `unknown` would refuse every table
  table: Table<any>,
  options: CheckOptions & { readonly to?: readonly string[] | undefined } = {},
): TableCheck<K> {
  const { to = [table.model.key ?? ''] } = options
  const named: TableName = table
  return {
    kind: 'references',
    columns,
    table: named,
    to,
    ...about(`${columns.join(', ')} in ${table.name}`, options),
  }
}

/** Every value of a column is between the two, these included. Decimals are compared exactly. */
export function range<const K extends string>(
  column: K,
  limits: { readonly min?: Decimal | undefined; readonly max?: Decimal | undefined },
  options: CheckOptions = {},
): TableCheck<K> {
  const { min, max } = limits
  const made =
    `${column} ${min === undefined ? '' : `from ${min} `}${max === undefined ? '' : `to ${max}`}`.trim()
  return { kind: 'range', column, min, max, ...about(made, options) }
}

/** So many rows stand in the table. */
export function rowCount(
  limits: { readonly min?: number | undefined; readonly max?: number | undefined },
  options: CheckOptions = {},
): TableCheck<never> {
  return { kind: 'rows', ...limits, ...about('number of rows', options) }
}

/** The newest value of a column is no older than this, such as `2d`, at the end of the period. */
export function fresh<const K extends string>(
  column: K,
  within: string,
  options: CheckOptions = {},
): TableCheck<K> {
  return {
    kind: 'fresh',
    column,
    within: parseDuration(within),
    ...about(`${column} within ${within}`, options),
  }
}

/** A query that finds what is wrong finds nothing. */
export function noRows(
  name: string,
  query: SqlModel,
  options: Omit<CheckOptions, 'name'> = {},
): TableCheck<never> {
  return { kind: 'none', query, ...about(name, options) }
}

/**
 * What a system says of itself, such as the number and the sum of its orders, is what a query over the tables gives in
 * the columns of the same names.
 */
export function reconciled<I, O>(
  name: string,
  channel: RequesterChannel<I, O, Effect<'read'>>,
  sides: {
    readonly request: (reading: Reading) => NoInfer<I>
    readonly says: (answer: O) => Readonly<Record<string, Decimal>>
    readonly query: SqlModel
  },
  options: Omit<CheckOptions, 'name'> = {},
): TableCheck<never> {
  const { request, says, query } = sides
  const asked = channel as RequesterChannel<unknown, unknown, Effect<'read'>>
  const told = says as (answer: unknown) => Readonly<Record<string, Decimal>>
  return { kind: 'reconciled', channel: asked, request, says: told, query, ...about(name, options) }
}
