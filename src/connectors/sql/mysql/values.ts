import { IsthmusError } from '../../../errors.ts'
import { instantOf } from '../cursor-time.ts'
import type { Statement } from '../database.ts'
import type { Parameter } from '../sql-text.ts'
import type { TableFacts } from './facts.ts'

const integers = new Set(['tinyint', 'smallint', 'mediumint', 'int', 'bigint'])
const times = new Set(['datetime', 'timestamp'])
const zoned = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)$/
/** How a time with a zone, or a fraction, begins: most texts are neither, and need no look at their column. */
const doubtful = /^(\d{4}-|[+-]?\d*\.)/
const fraction = /^[+-]?\d*\.\d*[1-9]\d*$/

/**
 * The values of a statement, as MySQL understands them: a time with a zone becomes the time in UTC for a column of
 * times, with all its digits. Throws TARGET-REFUSED for a number that an integer column would round.
 */
export function fitted(statement: Statement, facts: TableFacts): readonly Parameter[] {
  return statement.values.map((value, index) => {
    if (typeof value === 'string' ? !doubtful.test(value) : !isFraction(value)) return value
    return fittedOne(value as string | number, index + 1, statement, facts)
  })
}

function fittedOne(
  value: string | number,
  parameter: number,
  { columnOf, isWhole }: Statement,
  facts: TableFacts,
): Parameter {
  const column = columnOf?.(parameter)
  const type = column === undefined ? undefined : facts.columns.get(column.toLowerCase())?.type
  if (type === undefined || !isWhole?.(parameter)) return value
  if (times.has(type) && typeof value === 'string' && zoned.test(value)) return inUtc(value)
  if (integers.has(type) && fraction.test(String(value)))
    throw new IsthmusError('TARGET-REFUSED', `column "${column}" holds whole numbers, and the value is none`)
  return value
}

function isFraction(value: Parameter): boolean {
  return typeof value === 'number' && !Number.isInteger(value)
}

function inUtc(time: string): string {
  const instant = instantOf(time, { time: '', key: '' })
  if (instant === undefined) return time
  const digits = /\.\d+/.exec(time)?.[0] ?? ''
  return new Date(instant).toISOString().slice(0, 19).replace('T', ' ') + digits
}
