import { Type } from 'typebox'
import { type Model, model } from '../../model/model.ts'
import type { Validated } from '../../model/schema-validator.ts'

interface ChangeHead {
  /** With its schema: `public.orders`. */
  readonly table: string
  /** Place of the commit in the database's log; equal for the changes of one transaction. */
  readonly position: string
}

/** A row that was there when the source began, or has come. */
interface RowGiven<T> extends ChangeHead {
  readonly op: 'read' | 'insert'
  readonly row: T
  readonly before?: undefined
}

interface RowUpdated<T> extends ChangeHead {
  readonly op: 'update'
  readonly row: T
  /** The whole row, if the table logs it; else its key, if that changed. */
  readonly before?: Partial<T> | undefined
  /** Columns that are left out of `row` because the log does not say them: they are as they were before. */
  readonly unchanged?: readonly string[] | undefined
}

interface RowDeleted<T> extends ChangeHead {
  readonly op: 'delete'
  /** The whole row, if the table logs it; else its key. */
  readonly before: Partial<T>
  readonly row?: undefined
}

interface TableEmptied extends ChangeHead {
  readonly op: 'truncate'
  readonly row?: undefined
  readonly before?: undefined
}

/** One change of one row of a captured table, or of all of its rows at once. */
export type Change<T> = RowGiven<T> | RowUpdated<T> | RowDeleted<T> | TableEmptied

/** Rows are checked as their own model says. What is known of a row that was before need not be complete. */
export function changeModel<T>(row: Model<T>): Model<Change<T>> {
  const checked = model(`${row.name}Change`, { version: row.version, schema: Outer })
  const { properties } = checked.jsonSchema as { properties: object }
  return Object.freeze({
    ...checked,
    jsonSchema: { ...checked.jsonSchema, properties: { ...properties, row: row.jsonSchema } },
    pii: row.pii.flatMap(path => [`row.${path}`, `before.${path}`]),
    validate(data: unknown): Validated<Change<T>> {
      const outer = checked.validate(data) as Validated<Change<T>>
      if (!outer.ok || outer.data.row === undefined) return outer
      const inner = row.validate(outer.data.row)
      if (inner.ok) return { ok: true, data: { ...outer.data, row: inner.data } as Change<T> }
      const inRow = (path: string) => (path === '' ? 'row' : `row.${path}`)
      return {
        ok: false,
        problems: inner.problems.map(({ path, problem }) => ({ path: inRow(path), problem })),
      }
    },
  })
}

const Outer = Type.Object({
  op: Type.Enum(['read', 'insert', 'update', 'delete', 'truncate']),
  table: Type.String(),
  position: Type.String(),
  row: Type.Optional(Type.Object({})),
  before: Type.Optional(Type.Object({})),
  unchanged: Type.Optional(Type.Array(Type.String())),
})
