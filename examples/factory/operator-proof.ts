import type { Employee } from './hrm/database.ts'
import type { MesOperator } from './mes/database.ts'

export interface OperatorProof {
  readonly employees: number
  readonly left: number
  readonly problems: readonly string[]
}

/** Compares the people of the HRM with the operators of the MES: each there once, with the same name, team and right. */
export function proveOperators(
  employees: readonly Employee[],
  operators: readonly MesOperator[],
): OperatorProof {
  const known = new Map(operators.map(operator => [operator.number, operator]))
  const problems: string[] = []
  for (const { number, name, department, status } of employees) {
    const operator = known.get(number)
    known.delete(number)
    if (!operator) problems.push(`${number}: is no operator of the MES`)
    else if (operator.name !== name || operator.team !== department)
      problems.push(
        `${number}: ${name} of ${department}, but in the MES ${operator.name} of ${operator.team}`,
      )
    else if (operator.active !== (status === 'active'))
      problems.push(`${number}: ${status}, but in the MES ${operator.active ? '' : 'not '}active`)
  }
  for (const number of known.keys()) problems.push(`${number}: the HRM does not know this operator`)
  const left = employees.filter(({ status }) => status === 'left').length
  return { employees: employees.length, left, problems }
}
