import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '../host.ts'
import { Dues } from './dues.ts'

function clocks() {
  const time = { wall: 1_000_000, steady: 50 }
  const dues = new Dues({ ...realHost(), now: () => time.wall, monotonic: () => time.steady })
  const pass = (ms: number, jump = 0) => {
    time.wall += ms + jump
    time.steady += ms
  }
  return { dues, pass }
}

test('what is due comes neither early nor late when the wall clock jumps', () => {
  const { dues, pass } = clocks()
  assert.equal(dues.left('pause', 1_002_000), 2_000)
  pass(500, 432_000_000)
  assert.equal(dues.left('pause', 1_002_000), 1_500)
  pass(1_000, -432_000_000)
  assert.equal(dues.left('pause', 1_002_000), 500)
  pass(600)
  assert.equal(dues.left('pause', 1_002_000), -100)
})

test('another time of the same thing begins anew, by the wall clock of then', () => {
  const { dues, pass } = clocks()
  assert.equal(dues.left('call', 1_000_200), 200)
  pass(300, 10_000)
  assert.equal(dues.left('call', 1_010_700), 400)
  assert.equal(dues.left('other', 1_010_400), 100)
})
