import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAhead } from './read-ahead.ts'

const file = Buffer.from(Array.from({ length: 1000 }, (_, n) => n % 251))

async function readWith(give: (from: number) => Promise<Buffer> | Buffer, at = 0): Promise<Buffer> {
  const taken: Uint8Array[] = []
  let underWay = 0
  const read = async (from: number) => {
    assert.ok(++underWay <= 4)
    await new Promise(resolve => setImmediate(resolve))
    underWay--
    return give(from)
  }
  await readAhead(read, at, 64, 4, async chunk => void taken.push(Buffer.from(chunk)))
  return Buffer.concat(taken)
}

test('a file is read in its order, from any place, also where answers are short', async () => {
  for (const most of [64, 63, 17, 1])
    for (const at of [0, 999, 1000, 333]) {
      const found = await readWith(from => file.subarray(from, from + most), at)
      assert.deepEqual(found, file.subarray(at), `${most} bytes from ${at}`)
    }
})

test('a read that fails ends it, when those under way have ended', async () => {
  const failure = new Error('lost')
  const give = (from: number) => {
    if (from >= 256) throw failure
    return file.subarray(from, from + 64)
  }
  await assert.rejects(readWith(give), failure)
})
