import assert from 'node:assert/strict'
import { test } from 'node:test'
import { realHost } from '../host.ts'
import { Lookout } from './lookout.ts'

const turn = () => new Promise(setImmediate)

test('what is hinted at while it looks or rests is looked for afterwards, once', async () => {
  const rests: (() => void)[] = []
  const after = (_: number, end: () => void) => {
    rests.push(end)
    return () => {}
  }
  const host = { ...realHost(), after }
  const looks: PromiseWithResolvers<{ flow: string; head: number }[]>[] = []
  const told: number[] = []
  const lookout = new Lookout(
    host,
    () => {
      const look = Promise.withResolvers<{ flow: string; head: number }[]>()
      looks.push(look)
      return look.promise
    },
    ({ head }) => void told.push(head),
  )
  for (let n = 0; n < 3; n++) void lookout.hint()
  looks[0]?.resolve([{ flow: 'f', head: 10 }])
  await turn()
  void lookout.hint()
  assert.deepEqual([looks.length, rests.length, told], [1, 1, [10]])
  rests[0]?.()
  await turn()
  assert.equal(looks.length, 2)
  // Nothing new: the next hint need not wait.
  looks[1]?.resolve([{ flow: 'f', head: 10 }])
  await turn()
  void lookout.hint()
  assert.deepEqual([looks.length, rests.length, told], [3, 1, [10, 10]])
})

test('what could not be asked is asked with the next hint', async () => {
  const told: number[] = []
  const answers = [[], [{ flow: 'f', head: 1 }]]
  const lookout = new Lookout(
    realHost(),
    async () => answers.shift() ?? [],
    ({ head }) => void told.push(head),
  )
  await lookout.hint()
  await lookout.hint()
  assert.deepEqual(told, [1])
})
