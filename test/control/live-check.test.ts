import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLive } from '../../src/server/live-check.ts'
import { SagaGround, sagaLandscape } from './saga-scene.ts'

test('a live check tells which database cannot vote and why, and which system does not answer', async () => {
  const ground = new SagaGround()
  assert.deepEqual(await checkLive(sagaLandscape(ground), {}), [])
  const { north } = ground.databases
  north.unfit = async () => ['max_prepared_transactions is 0: set it to 100']
  const landscape = sagaLandscape(ground)
  const systems = landscape.systems.map(each => {
    if (each.name !== 'south') return each
    const connect = () => Promise.reject(new Error('nobody there'))
    return { ...each, connector: { ...each.connector, connect } }
  })
  const problems = await checkLive({ ...landscape, systems }, {})
  assert.deepEqual(
    problems.map(({ level, where, reason }) => `${level} ${where}: ${reason}`),
    [
      'error system north: it cannot take part in transactions: max_prepared_transactions is 0: set it to 100',
      'error system south: it does not work: nobody there',
    ],
  )
})
