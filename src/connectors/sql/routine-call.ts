import type { Dialect, Row, Run } from './database.ts'
import { quoteTable } from './identifier.ts'
import { OutArgument } from './out-argument.ts'
import { type Parameter, parameterOf, type SqlValue } from './sql-text.ts'

export interface Called {
  /** Undefined if no parameter gives something back. */
  readonly values: Row | undefined
  readonly sets: readonly (readonly Row[])[]
}

export interface Call {
  readonly procedure: string
  readonly isFunction: boolean
  readonly given: readonly (SqlValue | OutArgument)[]
}

export function callRoutine(run: Run, dialect: Dialect, call: Call): Promise<Called> {
  return dialect.product === 'MySQL' ? callInMysql(run, dialect, call) : callInPostgres(run, dialect, call)
}

/** Parameters that give back take a variable of the session there. */
async function callInMysql(run: Run, { quote }: Dialect, call: Call): Promise<Called> {
  const { procedure, isFunction, given } = call
  const name = quoteTable(procedure, quote)
  const values: Parameter[] = []
  const variables: string[] = []
  const places: string[] = []
  for (const argument of given) {
    if (!(argument instanceof OutArgument)) {
      values.push(parameterOf(argument))
      places.push('?')
      continue
    }
    const variable = `@isthmus_${variables.length}`
    await run({ text: `set ${variable} = ?`, values: [parameterOf(argument.value)] })
    variables.push(`${variable} as ${quote(argument.name)}`)
    places.push(variable)
  }
  const list = `(${places.join(', ')})`
  const short = quote(procedure.split('.').at(-1) ?? '')
  const text = isFunction ? `select ${name}${list} as ${short}` : `call ${name}${list}`
  const sets = await run({ text, values })
  if (variables.length === 0) return { values: undefined, sets }
  const [read] = await run({ text: `select ${variables.join(', ')}`, values: [] })
  return { values: read?.[0], sets }
}

/** What parameters give back is one row, in their order. */
async function callInPostgres(run: Run, { placeholder, quote }: Dialect, call: Call): Promise<Called> {
  const { procedure, isFunction, given } = call
  const name = quoteTable(procedure, quote)
  const values = given.map(argument =>
    parameterOf(argument instanceof OutArgument ? argument.value : argument),
  )
  const list = `(${values.map((_, index) => placeholder(index + 1)).join(', ')})`
  const sets = await run({
    text: isFunction ? `select * from ${name}${list}` : `call ${name}${list}`,
    values,
  })
  const outs = given.filter(argument => argument instanceof OutArgument)
  if (outs.length === 0) return { values: undefined, sets }
  const answers = Object.values(sets[0]?.[0] ?? {})
  return {
    values: Object.fromEntries(outs.map(({ name: field }, index) => [field, answers[index]])),
    sets: [],
  }
}
