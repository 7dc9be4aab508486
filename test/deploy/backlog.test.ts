import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse, stringify } from 'yaml'
import { root } from './composed.ts'

const run = promisify(execFile)
const promtool = existsSync('/usr/bin/promtool') ? false : 'no promtool'

/** By pod: how many partitions it holds, and how many messages of each flow it counts. */
const pods = {
  'plant-isthmus-worker-a': { held: 8, orders: 12_000, invoices: 300 },
  'plant-isthmus-worker-b': { held: 8, orders: 11_900, invoices: 500 },
  'plant-isthmus-worker-idle': { held: 0, orders: 19_000, invoices: 9_000 },
  'plant-isthmus-scheduler-a': { held: 0, orders: 21_000, invoices: 9_900 },
  'other-isthmus-worker-a': { held: 16, orders: 70_000, invoices: 0 },
}

test('the rule for the adapter says how much waits for the workers of a release, once', {
  skip: promtool,
}, async t => {
  const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8')
  const [, block = ''] = /```yaml\n(externalRules:[^`]*)```/.exec(page) ?? []
  const [rule] = parse(block).externalRules
  // What the adapter puts in for the namespace of the autoscaler and its selector.
  const matchers = 'namespace="integration",release="plant"'
  const query = rule.metricsQuery
    .replaceAll('<<.Series>>', 'isthmus_messages_backlog')
    .replaceAll('<<.LabelMatchers>>', matchers)
  const series = Object.entries(pods).flatMap(([pod, { held, ...flows }]) => {
    const labels = `namespace="integration",release="${pod.split('-')[0]}",pod="${pod}"`
    const backlog = Object.entries(flows).map(([flow, values]) => {
      return { series: `isthmus_messages_backlog{${labels},flow="${flow}"}`, values }
    })
    return [...backlog, { series: `isthmus_leases{${labels},kind="partition"}`, values: held }]
  })
  const answered = (expr: string, value: number) => {
    return { expr, eval_time: '0s', exp_samples: [{ value }] }
  }
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-adapter-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'test.yaml')
  const tests = [
    {
      input_series: series.map(each => ({ ...each, values: String(each.values) })),
      promql_expr_test: [
        answered(query, 12_500),
        // There is something to find it by.
        answered(`count(${rule.seriesQuery})`, 10),
      ],
    },
  ]
  writeFileSync(file, stringify({ tests }))
  await run('promtool', ['test', 'rules', file])
})
