import assert from 'node:assert/strict'
import { test } from 'node:test'
import { controlScene, until } from './control-scene.ts'

/** Name with labels to value; throws for what a scraper would not read. Source: text exposition format 0.0.4. */
function parse(text: string): Map<string, number> {
  const samples = new Map<string, number>()
  const types = new Map<string, string>()
  for (const line of text.trimEnd().split('\n')) {
    const type = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line)
    if (type) types.set(type[1] as string, type[2] as string)
    if (line.startsWith('# ')) continue
    const label = '[a-z_]\\w*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
    const sample = new RegExp(`^([a-z_]\\w*)(\\{${label}(?:,${label})*\\})? (\\S+)$`).exec(line)
    assert.ok(sample, `not a sample: ${line}`)
    const [, name = '', labels = '', value = ''] = sample
    assert.ok(types.has(name) || types.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram', name)
    assert.ok(!samples.has(name + labels), `twice: ${line}`)
    assert.ok(Number.isFinite(Number(value)), line)
    samples.set(name + labels, Number(value))
  }
  return samples
}

test('metrics can be scraped, and say what has happened', async t => {
  const { accept, ask, instance } = await controlScene(t)
  await accept(
    ['1', '2', '3', '4'].map(no => ({ no, buyer: 'Li', ask: { 3: 'refuse', 4: 'lose' }[no] ?? 'ok' })),
  )
  await accept([{ no: '1', buyer: 'Li', ask: 'ok' }])
  await until(async () => (await instance.operations.parked({})).messages.length === 2)
  await until(async () => (await instance.operations.balance()).flows[0]?.delivered === 2)
  const response = await ask('/metrics')
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
  const samples = parse(await response.text())
  const expected = {
    'isthmus_messages_accepted_total{flow="booking"}': 4,
    'isthmus_messages_ended_total{flow="booking",outcome="delivered"}': 2,
    'isthmus_message_setbacks_total{flow="booking",fate="park",code="TARGET-REFUSED"}': 1,
    'isthmus_message_setbacks_total{flow="booking",fate="doubt",code="TARGET-UNANSWERED"}': 1,
    'isthmus_messages_repeated_total{source="shop.orders",status="duplicate"}': 1,
    'isthmus_message_duration_seconds_count{flow="booking"}': 2,
    'isthmus_message_duration_seconds_bucket{flow="booking",le="+Inf"}': 2,
    'isthmus_messages_backlog{flow="booking"}': 0,
    'isthmus_messages_parked{flow="booking"}': 1,
    'isthmus_messages_in_doubt{flow="booking"}': 1,
    'isthmus_system_reachable{system="shop"}': 1,
    isthmus_admission_open: 1,
    isthmus_journal_messages_total: 5,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name)
  const positive = [
    'process_resident_memory_bytes',
    'process_cpu_seconds_total',
    'isthmus_system_calls_total{system="shop"}',
  ]
  for (const name of positive) assert.ok((samples.get(name) ?? 0) > 0, name)
  assert.ok(samples.has('nodejs_eventloop_lag_p99_seconds'))
})
