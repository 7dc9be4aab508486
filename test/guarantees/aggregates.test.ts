import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { aggregateStream } from '../../src/engine/aggregate/aggregate-log.ts'
import { verify } from '../../src/engine/verify.ts'
import { aggregate, flow, model, projection, type RecordedEvent, Type } from '../../src/index.ts'
import { memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/store.ts'
import { eventsBehind } from '../../src/store/stream-pages.ts'
import { Add, type Added, AggregateWorld, OrderState, orders, type Placed } from './aggregate-world.ts'

/** Gives a function that opens the same store again and again. */
type Opened = (use: (open: () => Store) => Promise<void>) => Promise<void>

const stores: readonly (readonly [string, Opened])[] = [
  [
    'memory',
    use => {
      const state = memoryState()
      return use(() => memoryStore(state))
    },
  ],
  [
    'SQLite',
    async use => {
      const path = await mkdtemp(join(tmpdir(), 'isthmus-aggregates-'))
      await use(() => sqliteStore({ path, ballastBytes: 4096 })).finally(() => rm(path, { recursive: true }))
    },
  ],
]

async function eventsOf(store: Store, id: string) {
  const found = []
  for await (const event of eventsBehind(store.read, aggregateStream('order', id), 0)) found.push(event)
  return found
}

for (const [name, opened] of stores)
  describe(`aggregates in a store in ${name}`, () => {
    it('records what commands decide, and sets aside what they refuse', () =>
      opened(async open => {
        const world = new AggregateWorld()
        const { order, place, add } = orders()
        const store = open()
        await world.start(store, { flows: [world.into(place), world.into(add)], aggregates: [order] })
        await world.put(place, { no: 'A', by: 'ann' })
        await world.ended('to-order-place', 1)
        await world.put(place, { no: 'A', by: 'bob' })
        await world.ended('to-order-place', 2)
        await world.put(add, { no: 'A', pieces: 0 })
        await world.put(add, { no: 'A', pieces: -1 })
        await world.ended('to-order-add', 2)
        const events = await eventsOf(store, 'A')
        assert.deepEqual(
          events.map(({ type, version, data }) => [type, version, (data as { data: unknown }).data]),
          [['placed', 1, { by: 'ann' }]],
        )
        const refused = world.events.flatMap(event =>
          event.type === 'setback' ? [[event.code, event.reason]] : [],
        )
        assert.deepEqual(refused, [
          ['TARGET-REFUSED', 'it is placed already'],
          ['TARGET-REFUSED', 'it has 0 pieces'],
        ])
        await world.engine.stop()
      }))

    it('gives each event to the flows that begin with them, once and in order, also behind a restart', () =>
      opened(async open => {
        const { order, place, add } = orders()
        const seen: RecordedEvent<{ placed: typeof Placed; added: typeof Added }>[] = []
        for (const round of [1, 2]) {
          const world = new AggregateWorld()
          const tell = world.sink('tell', order.events.model)
          await world.start(open(), {
            flows: [world.into(place), world.into(add), flow('what-happened').from(order.events).to(tell)],
          })
          if (round === 1) await world.put(place, { no: 'A', by: 'ann' })
          if (round === 1) await world.ended('to-order-place', 1)
          for (let n = 1; n <= 40; n++) await world.put(add, { no: n % 2 ? 'A' : 'B', pieces: n })
          await world.ended('to-order-add', 40)
          await world.ended('what-happened', round === 1 ? 41 : 40)
          seen.push(...world.written.map(({ data }) => data as (typeof seen)[number]))
          await world.engine.stop()
        }
        for (const id of ['A', 'B']) {
          const versions = seen.filter(event => event.id === id).map(({ version }) => version)
          assert.deepEqual(
            versions,
            versions.map((_, n) => n + 1),
          )
        }
        assert.equal(seen.length, 81)
        assert.deepEqual(
          { ...seen[0], at: 0 },
          { id: 'A', version: 1, type: 'placed', data: { by: 'ann' }, at: 0 },
        )
      }))

    it('loses and doubles nothing when many commands meet on few aggregates', () =>
      opened(async open => {
        const { order, add, stock } = orders(7)
        const expected = new Map<string, number>()
        for (const round of [1, 2, 3]) {
          const world = new AggregateWorld()
          const store = open()
          await world.start(store, { flows: [world.into(add)], aggregates: [order], projections: [stock] })
          const commands = Array.from({ length: 200 }, (_, n) => ({
            no: `N${Math.floor(Math.random() * 3)}`,
            pieces: 1 + (n % 5),
          }))
          await Promise.all(
            commands.flatMap((command, n) => {
              expected.set(command.no, (expected.get(command.no) ?? 0) + command.pieces)
              // Each of them twice: as one message.
              return [world.put(add, command, `${round}-${n}`), world.put(add, command, `${round}-${n}`)]
            }),
          )
          await world.ended('to-order-add', 200)
          const balance = await verify(store.read, undefined, world.engine.landscape)
          assert.ok(balance.balanced, JSON.stringify(balance.streams?.broken))
          const projector = world.engine.aggregates.projectors.get('stock')
          await projector?.caughtUp()
          const ask = world.engine.aggregates.role(order.state)
          assert.ok('ask' in ask)
          for (const [id, pieces] of expected) {
            const item = { data: { id }, effectKey: '', key: '', messageId: '', attempt: 1 }
            const [answer] = await ask.ask([item], new AbortController().signal)
            assert.ok(answer?.ok)
            assert.equal((answer.result as { state: { pieces: number } }).state.pieces, pieces)
          }
          await world.engine.stop()
        }
      }))

    it('knows a command again however many came after it, and answers it the same', () =>
      opened(async open => {
        const { order, add } = orders(10)
        const world = new AggregateWorld()
        const store = open()
        await world.start(store, { flows: [world.into(add)], aggregates: [order] })
        const role = world.engine.aggregates.role(add.requester)
        assert.ok('ask' in role)
        const ask = async (n: number) => {
          const item = {
            data: { no: 'A', pieces: n },
            effectKey: `e${n}`,
            key: '',
            messageId: `m${n}`,
            attempt: 1,
          }
          const [answer] = await role.ask([item], new AbortController().signal)
          return answer
        }
        const first: unknown[] = []
        for (let n = 1; n <= 35; n++) first.push(await ask(n))
        for (let n = 1; n <= 35; n++) assert.deepEqual(await ask(n), first[n - 1])
        assert.deepEqual(first[2], {
          ok: true,
          result: { id: 'A', version: 3, state: { status: 'new', by: '', pieces: 6 } },
        })
        assert.equal((await eventsOf(store, 'A')).length, 35)
        await world.engine.stop()

        const again = new AggregateWorld()
        await again.start(open(), { flows: [again.into(add)], aggregates: [order] })
        const later = again.engine.aggregates.role(add.requester)
        assert.ok('ask' in later)
        const repeated = Array.from({ length: 35 }, (_, n) => ({
          data: { no: 'A', pieces: n + 1 },
          effectKey: `e${n + 1}`,
          key: '',
          messageId: '',
          attempt: 2,
        }))
        assert.deepEqual(await later.ask(repeated, new AbortController().signal), first)
        await again.engine.stop()
      }))

    it('decides again when somebody else has appended in between', () =>
      opened(async open => {
        const { order, add } = orders()
        const world = new AggregateWorld()
        const store = open()
        await world.start(store, { flows: [world.into(add)], aggregates: [order] })
        await world.put(add, { no: 'A', pieces: 2 })
        await world.ended('to-order-add', 1)
        const by = { command: 'add', effectKey: 'other', cause: 'other' }
        await store.append(
          [
            {
              ...aggregateStream('order', 'A'),
              version: 1,
              events: [{ type: 'added', data: { model: 1, data: { pieces: -2 }, ...by }, at: 1 }],
            },
          ],
          world.engine.tenure.token,
        )
        await world.put(add, { no: 'A', pieces: -1 })
        await world.ended('to-order-add', 2)
        const [setback] = world.events.filter(event => event.type === 'setback')
        assert.equal(setback?.reason, 'it has 0 pieces')
        await world.engine.stop()
      }))

    it('raises old events to what they are now, and passes none over that it cannot read', () =>
      opened(async open => {
        const old = orders()
        const world = new AggregateWorld()
        await world.start(open(), { flows: [world.into(old.place)], aggregates: [old.order] })
        await world.put(old.place, { no: 'A', by: 'ann' })
        await world.ended('to-order-place', 1)
        await world.engine.stop()

        const PlacedBy = model('Placed', { version: 2, schema: Type.Object({ who: Type.String() }) })
        const declared = (upcasts: { placed?: { 1: (data: unknown) => { who: string } } }) =>
          aggregate('order', {
            state: OrderState,
            initial: { status: 'new', by: '', pieces: 0 },
            events: { placed: PlacedBy },
            apply: { placed: (state, { who }) => ({ ...state, status: 'placed', by: who }) },
            upcasts,
          })
        for (const [upcasts, expected] of [
          [{ placed: { 1: (data: unknown) => ({ who: (data as { by: string }).by }) } }, 'ann'],
          [{}, /Event 1 of order A \(placed\) cannot be read: there is no upcast from version 1/],
        ] as const) {
          const later = new AggregateWorld()
          const raised = declared(upcasts)
          const add = raised.command('add', Add, { id: c => c.no, decide: () => [] })
          await later.start(open(), { flows: [later.into(add)], aggregates: [raised] })
          const role = later.engine.aggregates.role(raised.state)
          assert.ok('ask' in role)
          const item = { data: { id: 'A' }, effectKey: '', key: '', messageId: '', attempt: 1 }
          const [answer] = await role.ask([item], new AbortController().signal)
          if (typeof expected === 'string')
            assert.equal(answer?.ok && (answer.result as { state: { by: string } }).state.by, expected)
          else assert.match(String(answer && !answer.ok && answer.error), expected)
          await later.engine.stop()
        }
      }))

    it('keeps the rows of projections, and makes them anew when asked or declared otherwise', () =>
      opened(async open => {
        const { order, add, stock } = orders()
        const most = stock.query(
          'most',
          model('MostQuestion', { version: 1, schema: Type.Object({ least: Type.Integer() }) }),
          model('Ids', { version: 1, schema: Type.Object({ ids: Type.Array(Type.String()) }) }),
          (rows, { least }) => ({
            ids: [...rows].flatMap(([id, { pieces }]) => (pieces >= least ? [id] : [])),
          }),
        )
        const asked = async (
          world: AggregateWorld,
          channel: Parameters<typeof world.engine.aggregates.role>[0],
          data: unknown,
        ) => {
          const role = world.engine.aggregates.role(channel)
          assert.ok('ask' in role)
          const item = { data, effectKey: '', key: '', messageId: '', attempt: 1 }
          const [answer] = await role.ask([item], new AbortController().signal)
          return answer?.ok ? answer.result : answer?.error
        }
        const world = new AggregateWorld()
        await world.start(open(), { flows: [world.into(add)], projections: [stock] })
        for (const [no, pieces] of [
          ['A', 3],
          ['B', 5],
          ['A', 1],
        ] as const)
          await world.put(add, { no, pieces })
        await world.ended('to-order-add', 3)
        assert.deepEqual(await asked(world, stock.row, { key: 'A' }), { row: { pieces: 4, events: 2 } })
        assert.deepEqual(await asked(world, stock.row, { key: 'C' }), { row: null })
        assert.deepEqual(await asked(world, most, { least: 5 }), { ids: ['B'] })
        await world.engine.stop()

        let applied = 0
        const counted = projection('stock', {
          from: order,
          row: stock.definition.row as never,
          apply: (rows: Map<string, unknown>, event) => {
            applied++
            stock.definition.apply(rows, event)
          },
        })
        const again = new AggregateWorld()
        await again.start(open(), { flows: [again.into(add)], projections: [counted] })
        await again.put(add, { no: 'A', pieces: 1 })
        await again.ended('to-order-add', 1)
        assert.deepEqual(await asked(again, counted.row, { key: 'A' }), { row: { pieces: 5, events: 3 } })
        assert.equal(applied, 1)
        assert.equal(await again.engine.aggregates.projectors.get('stock')?.rebuild(), 2)
        assert.equal(applied, 5)
        assert.deepEqual(await asked(again, counted.row, { key: 'A' }), { row: { pieces: 5, events: 3 } })
        await again.engine.stop()

        const wrong = open()
        const wrongly = projection('stock', {
          from: order,
          row: stock.definition.row as never,
          apply: () => {},
        })
        const other = new AggregateWorld()
        await other.start(wrong, { flows: [other.into(add)], projections: [wrongly] })
        const balance = await verify(wrong.read, undefined, other.engine.landscape)
        assert.deepEqual(
          balance.streams?.broken.map(({ kind, reason }) => [kind, reason]),
          [['projection/stock', 'its rows are not what its events make']],
        )
        await other.engine.stop()
      }))
  })
