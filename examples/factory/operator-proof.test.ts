import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Employee } from './hrm/database.ts'
import type { MesOperator } from './mes/database.ts'
import { proveOperators } from './operator-proof.ts'

const person = (more: Partial<Employee> = {}): Employee => ({
  number: 'P1',
  uuid: 'u1',
  name: 'Li Na',
  department: 'Welding',
  status: 'active',
  changedAt: 0,
  ...more,
})
const operator = (more: Partial<MesOperator> = {}): MesOperator => ({
  number: 'P1',
  name: 'Li Na',
  team: 'Welding',
  active: true,
  ...more,
})

test('people and operators are the same, or each difference is named', () => {
  const problems = (people: Employee[], operators: MesOperator[]) =>
    proveOperators(people, operators).problems.join('; ')
  assert.equal(problems([person()], [operator()]), '')
  assert.equal(problems([person({ status: 'left' })], [operator({ active: false })]), '')
  assert.match(problems([person()], []), /P1: is no operator/)
  assert.match(
    problems([person({ name: 'Li Wang' })], [operator()]),
    /Li Wang of Welding, but in the MES Li Na/,
  )
  assert.match(problems([person({ department: 'Quality' })], [operator()]), /Quality, but/)
  assert.match(problems([person({ status: 'left' })], [operator()]), /P1: left, but in the MES active/)
  assert.match(problems([], [operator()]), /P1: the HRM does not know/)
})
