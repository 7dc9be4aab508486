import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Type } from 'typebox'
import { IsthmusError } from '../../errors.ts'
import { aggregate, refusal } from '../../flow/aggregate/aggregate.ts'
import { aggregateRole, type CommandRole } from '../../flow/aggregate/definition.ts'
import { model } from '../../model/model.ts'
import { memoryState } from '../../store/memory/memory-state.ts'
import { memoryStore } from '../../store/memory/memory-store.ts'
import type { Append, Appended, NewMessage } from '../../store/store.ts'
import { Cell } from './cell.ts'

const Empty = model('Empty', { version: 1, schema: Type.Object({}) })
const door = aggregate('door', {
  state: model('Door', { version: 1, schema: Type.Object({ open: Type.Boolean() }) }),
  initial: { open: false },
  events: { opened: Empty, closed: Empty },
  apply: { opened: () => ({ open: true }), closed: () => ({ open: false }) },
})
const open = aggregateRole(
  door.command('open', Empty, {
    id: () => 'front',
    decide: state => {
      if (state.open) throw refusal('it is open')
      return [{ type: 'opened', data: {} }]
    },
  }),
) as CommandRole

const item = (effectKey: string) => ({ data: {}, effectKey, key: '', messageId: effectKey, attempt: 1 })

async function frontDoor(
  append: (append: Append, go: (append: Append) => Promise<Appended>) => Promise<Appended>,
) {
  const store = memoryStore(memoryState())
  const { token } = await store.claim('test')
  const go = async (each: Append) => (await store.append([each], token))[0] as Appended
  const ended: (number | undefined)[] = []
  const cell = new Cell({
    definition: door.definition,
    id: 'front',
    reader: store.read,
    now: () => 1,
    append: each => append(each, go),
    outbox: (_, deliveries) => ({
      messages: deliveries.map(
        ({ id = '' }): NewMessage => ({
          flows: [{ flow: 'told', partition: 0, key: id }],
          id,
          head: { source: 's', type: 't', time: 1, contentType: 'json' },
          body: Buffer.from(id),
          acceptedAt: 1,
        }),
      ),
      end: accepted => void ended.push(accepted?.length),
    }),
    onAppended: () => {},
  })
  return { cell, store, ended }
}

test('nobody is refused for what did not come to be: without the append, all are to be tried again', async () => {
  let fails = true
  const { cell, store, ended } = await frontDoor(async (append, go) => {
    if (fails) throw new IsthmusError('TARGET-UNAVAILABLE', 'the store is full')
    return go(append)
  })
  const first = await Promise.allSettled([cell.run(open, item('a')), cell.run(open, item('b'))])
  assert.deepEqual(
    first.map(each => each.status === 'rejected' && each.reason.code),
    ['TARGET-UNAVAILABLE', 'TARGET-UNAVAILABLE'],
  )
  assert.equal((await store.read.flows()).length, 0)
  fails = false
  const second = await Promise.allSettled([cell.run(open, item('b')), cell.run(open, item('a'))])
  assert.equal(second[0].status, 'fulfilled')
  assert.equal(second[1].status === 'rejected' && second[1].reason.message, 'it is open')
  assert.deepEqual(ended, [undefined, 1])
  assert.deepEqual(
    (await store.read.entries({ flow: 'told', limit: 9 })).map(({ id }) => id),
    ['front/1'],
  )
})

test('a command that meets itself is one, and what was read before the append is not kept', async () => {
  const gate = Promise.withResolvers<void>()
  const { cell } = await frontDoor(async (append, go) => {
    await gate.promise
    return go(append)
  })
  const both = Promise.all([cell.run(open, item('a')), cell.run(open, item('a'))])
  assert.deepEqual(await cell.now().then(({ version }) => version), 0)
  gate.resolve()
  assert.deepEqual(
    (await both).map(({ version, state }) => [version, state]),
    [
      [1, { open: true }],
      [1, { open: true }],
    ],
  )
  assert.equal((await cell.now()).version, 1)
})

test('a function that changes the state it was given fails at once', async () => {
  const { cell } = await frontDoor((append, go) => go(append))
  const spoils: CommandRole = {
    ...open,
    decide: state => {
      ;(state as { open: boolean }).open = true
      return []
    },
  }
  await assert.rejects(cell.run(spoils, item('a')), /command door.open: "decide" failed: .*read only/)
  const invents: CommandRole = { ...open, decide: () => [{ type: 'painted', data: {} }] }
  await assert.rejects(cell.run(invents, item('b')), /gave "painted", which is no event of aggregate door/)
  assert.deepEqual((await cell.now()).state, { open: false })
})
