import type { SqlValue } from './sql-text.ts'

/** A parameter that gives something back. */
export class OutArgument {
  readonly name: string
  readonly value: SqlValue

  constructor(name: string, value: SqlValue) {
    this.name = name
    this.value = value
  }
}

/** Stands for a parameter that gives back the field `name` of the answer; `value` goes in, where the parameter takes one. */
export function out(name: string, value: SqlValue = null): OutArgument {
  return new OutArgument(name, value)
}
