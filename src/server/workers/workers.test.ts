import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { realHost } from '../../engine/host.ts'
import { landscape } from '../../flow/landscape.ts'
import { memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import { configurationOf } from '../configuration.ts'
import { Workers } from './workers.ts'

const configuration = (environment = {}) =>
  configurationOf(landscape({ name: 'none', systems: [], flows: [] }), environment)

function workers(count: number): Workers {
  const program = 'nothing is started here'
  return new Workers({
    ...{ count, landscape: 'isthmus.ts', program, thread: new URL('file:///nowhere') },
    ...{ environment: {}, log: () => {}, clock: realHost() },
  })
}

const message = {
  flows: [{ flow: 'orders', partition: 0, key: 'k' }],
  ...{ id: '1', head: { source: 's', type: 't', time: 1, contentType: 'text/plain' }, acceptedAt: 1 },
  body: new Uint8Array(),
}

describe('the store of a process with workers', () => {
  it('divides the keys into 16 shares if it is new, or into as many as is said', async () => {
    for (const [said, found] of [
      [{}, 16],
      [{ ISTHMUS_PARTITIONS: '64' }, 64],
    ] as const) {
      const state = memoryState()
      const shared = await workers(4).share(memoryStore(state), 'test', configuration(said))
      const member = await shared.join?.({ id: 'a', name: 'a', roles: [], version: '' })
      assert.equal(member?.partitions, found)
      await shared.close()
      assert.equal(state.clean, true)
    }
  })

  it('is refused, and left as it was, if its keys are divided into fewer shares than there are workers', async () => {
    const state = memoryState()
    const before = memoryStore(state)
    await before.claim('before')
    await before.accept([message])
    await before.close('unclean')
    await assert.rejects(workers(2).share(memoryStore(state), 'test', configuration()), {
      code: 'CONFIG-INVALID',
      message: /divided into one share, which 2 workers .* isthmus store copy/,
    })
    assert.equal(state.clean, false)
    assert.equal(state.owner, undefined)
  })
})
