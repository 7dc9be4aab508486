import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AlertOptions, alert, noAlert } from '../../flow/alert.ts'
import { landscape } from '../../flow/landscape.ts'
import { checkAlerts } from './check-alerts.ts'
import { defaultRules } from './default-rules.ts'

const problems = (...alerts: (ReturnType<typeof alert> | ReturnType<typeof noAlert>)[]) =>
  checkAlerts(landscape({ systems: [], flows: [], alerts })).map(({ where, reason }) => `${where}: ${reason}`)
const of = (options: Partial<AlertOptions> & { readonly metric: string }) =>
  alert('it', { ...(options.below === undefined && { above: 1 }), text: 'x', ...options })

test('the rules that come with Isthmus are sound', () => {
  assert.deepEqual(problems(...defaultRules), [])
})

test('what an alert says that cannot be is found before it runs', () => {
  const cases: [ReturnType<typeof alert>, RegExp][] = [
    [of({ metric: 'isthmus_nothing' }), /no metric isthmus_nothing/],
    [of({ metric: 'isthmus_messages_parked', labels: { system: 'x' } }), /no label system/],
    [of({ metric: 'isthmus_messages_parked', text: 'in {system}' }), /names \{system\}/],
    [of({ metric: 'isthmus_messages_parked', over: '5m' }), /is a gauge/],
    [of({ metric: 'isthmus_messages_accepted_total' }), /only grows/],
    [of({ metric: 'isthmus_message_duration_seconds', over: '5m' }), /quantile/],
    [of({ metric: 'isthmus_message_duration_seconds', over: '5m', quantile: 95 }), /between 0 and 1/],
  ]
  for (const [rule, reason] of cases) assert.match(problems(rule).join('\n'), reason)
  assert.deepEqual(
    problems(of({ metric: 'isthmus_message_duration_seconds', over: '5m', quantile: 0.95 })),
    [],
  )
  assert.deepEqual(problems(of({ metric: 'isthmus_message_duration_seconds_count', over: '5m' })), [])
  assert.match(problems(noAlert('nothing-like-it')).join(), /no rule of this name/)
  assert.match(problems(of({ metric: 'isthmus_info' }), of({ metric: 'isthmus_info' })).join(), /two alerts/)
  assert.throws(() => alert('it', { metric: 'isthmus_info', text: 'x' }), /either above or below/)
})
