import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { membersScenarios, simulateMembers } from '../../src/testing/simulation/members/scenarios.ts'

const size = { members: 60, partitions: 256 }

describe('many members of one store', () => {
  for (const [n, scenario] of membersScenarios.entries())
    test(scenario.name, async () => {
      const { violations } = await simulateMembers(scenario, { seed: n + 1, ...size })
      assert.deepEqual(violations, [])
    })

  const pausing = membersScenarios.find(({ name }) => name === 'a tenth pauses')
  assert.ok(pausing)

  test('a store that takes writes of whoever has lost a lease is noticed', async () => {
    const { violations } = await simulateMembers(pausing, { seed: 1, ...size, isFenced: false })
    assert.ok(violations.some(violation => /have both written|ended twice/.test(violation)))
  })

  test('the same seed gives the same', async () => {
    const one = await simulateMembers(pausing, { seed: 7, members: 20, partitions: 64 })
    const other = await simulateMembers(pausing, { seed: 7, members: 20, partitions: 64 })
    assert.equal(other.digest, one.digest)
  })
})
