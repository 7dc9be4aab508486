import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Accepted, NewMessage } from '../../store/store.ts'
import type { StoreSubject } from './fixture.ts'
import {
  allEntries,
  flowState,
  identified,
  message,
  messages,
  sameEntry,
  seeded,
  seqsOf,
  timeOf,
  to,
  withStore,
} from './fixture.ts'

export function acceptScenarios(subject: StoreSubject): void {
  it('numbers the messages of a flow 1, 2, 3 in the order they were given', () =>
    withStore(subject, async ({ store }) => {
      const first = await store.accept(messages(3))
      const second = await store.accept(messages(2, 4))
      assert.deepEqual([...first, ...second].flatMap(seqsOf), [1, 2, 3, 4, 5])
      const ids = (await allEntries(store.read, 'orders')).map(entry => entry.id)
      assert.deepEqual(ids, ['id-1', 'id-2', 'id-3', 'id-4', 'id-5'])
    }))

  it('numbers without gap or repetition when many accept at once', () =>
    withStore(subject, async ({ store }) => {
      const calls = Array.from({ length: 60 }, (_, call) =>
        store.accept(messages(1 + (call % 5), call * 10 + 1).map(each => spread(each, call))),
      )
      const answers = (await Promise.all(calls)).flat()
      for (const flow of ['orders', 'stock']) {
        const entries = await allEntries(store.read, flow, 37)
        assert.deepEqual(
          entries.map(entry => entry.seq),
          entries.map((_, index) => index + 1),
        )
        assert.equal((await flowState(store.read, flow)).head, entries.length)
      }
      assert.equal(answers.length, 180)
      const orders = answers.map(answer => seqsOf(answer)[0] ?? 0).sort((a, b) => a - b)
      assert.deepEqual(
        orders,
        orders.map((_, index) => index + 1),
      )
    }))

  it('never shows a message before those with lower numbers', () =>
    withStore(subject, async ({ store }) => {
      let pending = 40
      const calls = Array.from({ length: pending }, (_, call) =>
        store.accept(messages(3, call * 3 + 1)).then(() => {
          pending--
        }),
      )
      while (pending > 0) {
        const seqs = (await store.read.entries({ flow: 'orders', after: 0, limit: 1000 })).map(
          each => each.seq,
        )
        assert.deepEqual(
          seqs,
          seqs.map((_, index) => index + 1),
        )
        await new Promise(setImmediate)
      }
      await Promise.all(calls)
    }))

  it('shows a message as soon as its acceptance is answered', () =>
    withStore(subject, async ({ store }) => {
      for (let n = 1; n <= 20; n++) {
        await store.accept([message(n)])
        assert.equal((await store.read.entries({ flow: 'orders', after: n - 1, limit: 5 })).length, 1)
      }
    }))

  it('puts one message into several flows, each with its own number, partition and key', () =>
    withStore(subject, async ({ store }) => {
      await store.accept(messages(2))
      const both = message(3, { at: [to('stock', 'material 7', 3), to('orders', 'order 9', 1)] })
      assert.deepEqual(seqsOf((await store.accept([both]))[0]), [1, 3])
      sameEntry((await store.read.entries({ flow: 'stock', limit: 9 }))[0], both, 0, 1)
      sameEntry((await store.read.entries({ flow: 'orders', after: 2, limit: 9 }))[0], both, 1, 3)
    }))

  it('answers nothing for nothing', () =>
    withStore(subject, async ({ store }) => {
      assert.deepEqual(await store.accept([]), [])
      assert.deepEqual(await store.read.flows(), [])
    }))

  it('keeps every byte: random bodies, an empty and a large one, and all fields of the head', () =>
    withStore(subject, async opened => {
      const random = seeded(7)
      const sizes = [0, 1, 255, 4096, 4097, 65_536, 5_000_000]
      const sent = sizes.map((size, index) => {
        const body = Uint8Array.from({ length: size }, () => Math.floor(random() * 256))
        return message(index + 1, { body, ...(index === 3 ? { head: fullHead } : {}) })
      })
      await opened.store.accept(sent)
      for (const [index, each] of sent.entries())
        assert.equal(each.body.byteLength, sizes[index], 'not taken away')
      const check = async (store = opened.store) => {
        const entries = await allEntries(store.read, 'orders')
        for (const [index, each] of sent.entries()) sameEntry(entries[index], each, 0, index + 1)
        assert.equal(entries.length, sent.length)
      }
      await check()
      if (subject.capabilities.durable) await check((await opened.reopen()).store)
    }))

  it('keeps a body that is a part of a larger buffer', () =>
    withStore(subject, async ({ store }) => {
      const body = new TextEncoder().encode('before THIS after').subarray(7, 11)
      await store.accept([message(1, { body })])
      assert.equal(Buffer.from((await allEntries(store.read, 'orders'))[0]?.body ?? []).toString(), 'THIS')
    }))

  it('takes any string as key, id, flow, source and identity', () =>
    withStore(subject, async opened => {
      const odd = [
        '',
        ' ',
        '工单-0042',
        'é',
        'e\u0301',
        'É',
        'nul\u0000inside',
        'a"b\\c\n',
        '\ud800 lone',
        '😀',
        "x' --",
      ]
      const sent = odd.map((text, index) =>
        identified(index + 1, text, text, { flows: [to(text, text)], id: `${index}${text}` }),
      )
      const answers = await opened.store.accept(sent, { source: '源\u0000', position: odd })
      for (const answer of answers) assert.deepEqual(seqsOf(answer), [1])
      const { store } = subject.capabilities.durable ? await opened.reopen() : opened
      for (const [index, text] of odd.entries()) {
        const each = sent[index] as NewMessage
        sameEntry((await store.read.entries({ flow: text, limit: 2 }))[0], each, 0, 1)
        assert.deepEqual(
          (await store.read.entries({ key: text, limit: 99 })).map(entry => entry.id),
          [each.id],
        )
        assert.deepEqual(
          (await store.read.entries({ id: each.id, limit: 99 })).map(entry => entry.key),
          [text],
        )
      }
      assert.deepEqual(await store.read.position('源\u0000'), odd)
      const repeated = await store.accept(sent)
      assert.deepEqual(
        repeated,
        sent.map(each => ({ status: 'duplicate', id: each.id })),
      )
    }))

  identityScenarios(subject)
  positionScenarios(subject)
}

const fullHead = {
  source: 'mes',
  type: 'consumed',
  time: timeOf(1),
  subject: '物料 4711',
  headers: { 'content-language': 'zh', traceparent: '00-ab' },
  contentType: 'application/xml; charset=GB18030',
  cause: 'id-0',
  defect: { code: 'STEP-KEY', reason: 'no "workOrderNo"' },
}

function spread(each: NewMessage, call: number): NewMessage {
  return call % 3 === 0 ? { ...each, flows: [to('orders'), to('stock')] } : each
}

function identityScenarios(subject: StoreSubject): void {
  it('accepts an identity once: a repetition is a duplicate, other content a conflict', () =>
    withStore(subject, async ({ store }) => {
      await store.accept([identified(1, 'order-1')])
      const answers = await store.accept([
        identified(2, 'order-1'),
        identified(3, 'order-1', 'other'),
        message(4),
      ])
      assert.deepEqual(answers, [
        { status: 'duplicate', id: 'id-1' },
        { status: 'conflict', id: 'id-1' },
        { status: 'accepted', id: 'id-4', seqs: [2] },
      ])
      assert.equal((await flowState(store.read)).head, 2)
      assert.equal(await store.read.identified('order-1'), 'id-1')
      assert.equal(await store.read.identified('order-2'), undefined)
    }))

  it('knows repetitions within one call', () =>
    withStore(subject, async ({ store }) => {
      const answers = await store.accept([
        identified(1, 'a'),
        identified(2, 'a'),
        identified(3, 'a', 'other'),
      ])
      assert.deepEqual(answers.map(summary), ['accepted id-1', 'duplicate id-1', 'conflict id-1'])
    }))

  it('accepts one of many that arrive at once', () =>
    withStore(subject, async ({ store }) => {
      const calls = Array.from({ length: 30 }, (_, n) => store.accept([identified(n + 1, `order-${n % 3}`)]))
      const answers = (await Promise.all(calls)).flat()
      assert.equal(answers.filter(each => each.status === 'accepted').length, 3)
      assert.equal(answers.filter(each => each.status === 'duplicate').length, 27)
      assert.equal((await allEntries(store.read, 'orders')).length, 3)
    }))

  it('knows an identity of any content: empty, equal beginnings, large', () =>
    withStore(subject, async ({ store }) => {
      const contents = [
        '',
        'x',
        'x'.repeat(32),
        'x'.repeat(33),
        'x'.repeat(100_000),
        `${'x'.repeat(99_999)}y`,
      ]
      await store.accept(contents.map((content, n) => identified(n + 1, `name ${n}`, content)))
      for (const [n, content] of contents.entries()) {
        const against = await store.accept(contents.map((other, m) => identified(10 + m, `name ${n}`, other)))
        assert.deepEqual(
          against.map(each => each.status),
          contents.map(other => (other === content ? 'duplicate' : 'conflict')),
        )
      }
    }))

  it('gives a message of several flows one identity', () =>
    withStore(subject, async ({ store }) => {
      const flows = [to('orders'), to('stock')]
      await store.accept([identified(1, 'a', 'same', { flows })])
      assert.deepEqual(await store.accept([identified(2, 'a', 'same', { flows })]), [
        { status: 'duplicate', id: 'id-1' },
      ])
      assert.equal((await flowState(store.read, 'stock')).head, 1)
    }))

  if (!subject.capabilities.durable) return
  it('knows identities after a restart', () =>
    withStore(subject, async opened => {
      await opened.store.accept([identified(1, 'a'), identified(2, 'b')])
      const { store } = await opened.reopen()
      const answers = await store.accept([
        identified(3, 'a'),
        identified(4, 'b', 'other'),
        identified(5, 'c'),
      ])
      assert.deepEqual(answers.map(summary), ['duplicate id-1', 'conflict id-2', 'accepted id-5'])
    }))
}

const summary = (answer: Accepted): string => `${answer.status} ${answer.id}`

function positionScenarios(subject: StoreSubject): void {
  it('stores the position with the messages, also with duplicates and with none', () =>
    withStore(subject, async ({ store }) => {
      assert.equal(await store.read.position('mes'), undefined)
      await store.accept([identified(1, 'a')], { source: 'mes', position: { offset: 1, file: 'a.csv' } })
      assert.deepEqual(await store.read.position('mes'), { offset: 1, file: 'a.csv' })
      await store.accept([identified(2, 'a')], { source: 'mes', position: 2 })
      assert.equal(await store.read.position('mes'), 2)
      await store.accept([], { source: 'mes', position: null })
      assert.equal(await store.read.position('mes'), null)
      await store.accept([], { source: 'erp', position: ['x'] })
      assert.equal(await store.read.position('mes'), null)
    }))

  it('stores a position that must not pass a conflict only if there is none', () =>
    withStore(subject, async ({ store }) => {
      const at = (position: number) => ({ source: 'mes', position, unlessConflict: true })
      await store.accept([identified(1, 'a'), message(2), identified(3, 'a')], at(1))
      assert.equal(await store.read.position('mes'), 1, 'none of the first')
      await store.accept([identified(4, 'b'), identified(5, 'a', 'other')], at(2))
      assert.equal(await store.read.position('mes'), 1, 'one with what was known')
      await store.accept([identified(6, 'c'), identified(7, 'c', 'other')], at(3))
      assert.equal(await store.read.position('mes'), 1, 'one within the call')
      assert.deepEqual((await store.accept([identified(8, 'b'), identified(9, 'c')], at(4))).map(summary), [
        'duplicate id-4',
        'duplicate id-6',
      ])
      assert.equal(await store.read.position('mes'), 4, 'what came with a conflict was kept')
      await store.accept([identified(10, 'a', 'other')], { source: 'mes', position: 5 })
      assert.equal(await store.read.position('mes'), 5, 'others pass it')
    }))

  it('tells whose position passes no conflict among calls that come at once', () =>
    withStore(subject, async ({ store }) => {
      const guarded = (n: number, name: string, content: string, source: string) =>
        store.accept([identified(n, name, content)], { source, position: n, unlessConflict: true })
      await store.accept([identified(1, 'a', 'one')])
      await Promise.all([
        guarded(2, 'a', 'two', 'mes'),
        guarded(3, 'a', 'one', 'erp'),
        guarded(4, 'b', 'one', 'crm'),
        guarded(5, 'b', 'two', 'hrm'),
        guarded(6, 'b', 'one', 'wms'),
        guarded(7, 'b', 'two', 'wms'),
      ])
      const sources = ['mes', 'erp', 'crm', 'hrm', 'wms']
      const positions = await Promise.all(sources.map(source => store.read.position(source)))
      assert.deepEqual(positions, [undefined, 3, 4, undefined, 6])
    }))

  it('keeps neither messages nor position when an acceptance fails', () =>
    withStore(subject, async ({ store }) => {
      await store.accept([message(1)], { source: 'mes', position: 1 })
      const endless: Record<string, unknown> = {}
      endless.self = endless
      const bad = message(3, { head: { ...fullHead, headers: endless as Record<string, string> } })
      await assert.rejects(store.accept([identified(2, 'a'), bad], { source: 'mes', position: 2 }))
      assert.equal(await store.read.position('mes'), 1)
      assert.equal((await flowState(store.read)).head, 1)
      assert.deepEqual((await store.accept([identified(4, 'a')])).map(summary), ['accepted id-4'])
    }))
}
