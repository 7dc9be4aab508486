import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceKey } from '../../src/engine/trace.ts'
import { flow } from '../../src/index.ts'
import { rule, trim } from '../../src/model/clean/index.ts'
import { SourceFiles } from '../../src/observe/lineage/source-text.ts'
import { Metrics } from '../../src/observe/metrics.ts'
import { PrometheusText } from '../../src/observe/prometheus-text.ts'
import { describedSteps, flowHash } from '../../src/server/operations/landscape/described.ts'
import { StepChanges } from '../../src/server/operations/messages/step-changes.ts'
import { tracedMessage } from '../../src/server/operations/traced-message.ts'
import { box, type Note, NoteModel, note, notes, startPost, until } from '../guarantees/harness.ts'

const some = rule<Note>('some', { reason: 'a note of nothing' }, ({ n }) => n > 0)
const few = rule<Note>('few', { severity: 'warn', reason: 'more than a hundred' }, ({ n }) => n <= 100)
const addressed = rule<Note>('addressed', { reason: 'nobody to give it to' }, ({ to }) => to !== '')

const ruled = flow('posting')
  .from(notes)
  .clean({ to: trim })
  .validate(NoteModel, [some, few, addressed])
  .to(box)

test('a message that breaks a rule is set aside with the reason; one that only warns goes on and is counted', async () => {
  const metrics = new Metrics()
  const { engine, intake, store, sent } = await startPost({ build: () => ruled, watch: metrics.watch })
  await intake.accept([note('ok'), note('much', 'ann', 101), note('none', '  ', 0)])
  const parked = async () => (await store.read.unfinished({ flow: 'posting', after: 0, limit: 9 })) ?? []
  await until(async () => sent().length === 2 && (await parked())[0]?.status === 'parked')
  assert.deepEqual(sent().toSorted(), ['much', 'ok'])
  const [row] = await parked()
  assert.deepEqual(row?.error, {
    code: 'RULE-BROKEN',
    reason: 'some: a note of nothing; addressed: nobody to give it to',
    step: 'validate-Note.v1',
    times: 0,
  })
  await engine.stop()
  assert.deepEqual([...metrics.flow('posting').rules].toSorted(), [
    ['park addressed', 1],
    ['park some', 1],
    ['warn few', 1],
  ])
  const text = new PrometheusText()
  const sagas = { sagas: [], lockWaits: 0, inDoubt: 0, mixed: 0, oldestInDoubt: 0 }
  const gauges = {
    landscape: 'l',
    version: '1',
    admissionOpen: true,
    systems: [],
    sources: [],
    stored: { flows: [], sagas, pipelines: [] },
  }
  metrics.render({ ...gauges, members: undefined, freeDisk: undefined }, text)
  const line = 'isthmus_rules_broken_total{flow="posting",rule="few",severity="warn"} 1'
  assert.ok(String(text).includes(line), String(text))
  const [trace] = await traceKey(store.read, engine.landscape, 'much')
  assert.ok(trace)
  const hop = tracedMessage(trace, ruled, true).hops.find(({ kind }) => kind === 'validate')
  assert.deepEqual(hop?.warnings, [{ rule: 'few', reason: 'more than a hundred' }])
})

test('rules alone check no model, and a flow tells them with their code', () => {
  const built = flow('f').from(notes).validate([few]).to(box)
  const step = describedSteps(built, new SourceFiles()).find(({ kind }) => kind === 'validate')
  assert.deepEqual([step?.step, step?.model], ['validate', undefined])
  assert.deepEqual(
    step?.code.map(({ role, field, text }) => [role, field, text]),
    [['rule', 'few', '({ n }) => n <= 100']],
  )
  const stricter = rule<Note>('few', { reason: 'more than a hundred' }, few.holds)
  assert.notEqual(flowHash(built), flowHash(flow('f').from(notes).validate([stricter]).to(box)))
  assert.throws(() => flow('f').from(notes).validate([few, few]), { code: 'FLOW-DEFINITION' })
})

test('a trace tells the cleaners of fields inside of objects and lists, each with what it made', () => {
  interface Order {
    readonly lines: readonly { readonly code: string }[]
  }
  const built = flow('f')
    .from(notes)
    .split('orders', (): Order[] => [])
    .clean({ lines: { code: [trim, (code: string) => code.toUpperCase()] } })
    .aggregate((_, whole) => whole)
    .to(box)
  const before = { lines: [{ code: 'A' }, { code: ' b ' }] }
  const after = { lines: [{ code: 'A' }, { code: 'B' }] }
  const hop = { step: 'orders[0].clean', kind: 'clean', before, after }
  const changes = new StepChanges(built, new SourceFiles())
  const [only, ...more] = changes.of(hop)
  assert.equal(more.length, 0)
  assert.deepEqual(
    [only?.field, only?.before, only?.after, only?.why.rules.map(rule => [rule.before, rule.after])],
    [
      'lines[1].code',
      ' b ',
      'B',
      [
        [' b ', 'b'],
        ['b', 'B'],
      ],
    ],
  )
  const masked = changes.of({
    ...hop,
    before: { lines: [{ code: '***' }] },
    after: { lines: [{ code: 'B' }] },
  })
  assert.deepEqual(
    masked.map(({ field, why }) => [field, why.rules.length, why.rules[0]?.before]),
    [['lines[0].code', 2, undefined]],
  )
})
