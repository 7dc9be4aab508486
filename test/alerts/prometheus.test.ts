import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { Plant } from '../../examples/factory/plant.ts'
import { dashboards } from '../../scripts/deploy/dashboards.ts'
import { metricCatalogue, metricInfo } from '../../src/observe/metric-catalogue.ts'
import { until } from '../control/control-scene.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')
const given = process.env.ISTHMUS_TEST_PROMETHEUS
if (given === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('ISTHMUS_TEST_PROMETHEUS is not set: see scripts/servers/prometheus.ts')
const without = given === undefined ? 'no Prometheus: ISTHMUS_TEST_PROMETHEUS is not set' : false
const promtool = existsSync('/usr/bin/promtool') ? false : 'no promtool'

/** Every query of every dashboard, under the name of its panel. */
function queries(): { readonly panel: string; readonly expression: string }[] {
  return [...dashboards()].flatMap(([name, { panels = [] }]) =>
    panels.flatMap(panel => {
      const { title, targets = [] } = panel as { title?: string; targets?: { expr?: string }[] }
      return targets.map(({ expr = '' }) => ({ panel: `${name}: ${title}`, expression: expr }))
    }),
  )
}

test('the rules are sound, and fire when and as they should', { skip: promtool }, async () => {
  const folder = join(root, 'deploy/prometheus')
  await run('promtool', ['check', 'rules', join(folder, 'isthmus-rules.yaml')])
  await run('promtool', ['test', 'rules', join(folder, 'isthmus-rules.test.yaml')])
})

test('dashboards and rules ask for metrics that there are, with labels that these have', () => {
  const rules = readFileSync(join(root, 'deploy/prometheus/isthmus-rules.yaml'), 'utf8')
  for (const text of [...queries().map(({ expression }) => expression), rules])
    for (const [, name = '', labels = ''] of text.matchAll(
      /\b((?:isthmus|nodejs|process)_\w+)(?:\{([^}]*)\})?/g,
    )) {
      const info = metricInfo(name.replace(/_bucket$/, '_count')) ?? metricInfo(name)
      assert.ok(info, name)
      for (const [, label = ''] of labels.matchAll(/(\w+)[=!]/g))
        assert.ok(['job', ...info.labels].includes(label), `${name} has no label ${label}`)
    }
})

test('a Prometheus scrapes the running factory, and every query of the dashboards has an answer', {
  skip: without,
  timeout: 900_000,
}, async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-scrape-'))
  const plant = await Plant.start({ data: join(folder, 'plant'), rate: 20, seed: 7 })
  t.after(async () => {
    await plant.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  const { host } = new URL(plant.url('control'))
  const token = join(folder, 'token')
  writeFileSync(token, plant.token, { mode: 0o600 })
  const server = new URL(given as string)
  const scrape = [
    'global: { scrape_interval: 5s, evaluation_interval: 5s }',
    `rule_files: [${JSON.stringify(join(root, 'deploy/prometheus/isthmus-rules.yaml'))}]`,
    'scrape_configs:',
    '  - job_name: isthmus',
    `    authorization: { credentials_file: ${JSON.stringify(token)} }`,
    `    static_configs: [{ targets: [${JSON.stringify(host)}] }]`,
    '  - job_name: without',
    `    static_configs: [{ targets: [${JSON.stringify(host)}] }]`,
  ]
  writeFileSync(server.searchParams.get('config') as string, `${scrape.join('\n')}\n`)
  const ask = async (path: string, query: Record<string, string> = {}) => {
    const response = await fetch(`${server.origin}/api/v1/${path}?${new URLSearchParams(query)}`)
    return (await response.json()) as { status: string; error?: string; data: { result: unknown[] } }
  }
  assert.equal((await fetch(`${server.origin}/-/reload`, { method: 'POST' })).status, 200)

  const answered = async (expression: string) => {
    const { status, error, data } = await ask('query', { query: expression })
    assert.equal(status, 'success', `${expression}: ${error}`)
    return data.result.length > 0
  }
  const missing = new Map(queries().map(each => [each.expression, each.panel]))
  // What happens between scrapes makes the rates.
  await until(async () => {
    for (const expression of [...missing.keys()]) {
      const filled = expression.replace(/\$(job|flow|system)/g, '.*').replaceAll('$__rate_interval', '60s')
      if (await answered(filled)) missing.delete(expression)
    }
    return missing.size === 0
  }, 300_000).catch(() => assert.deepEqual([...missing], []))

  // A scrape that is not answered in time is one that failed.
  await until(() => answered('up{job="isthmus"} == 1'), 240_000)
  assert.ok(await answered('up{job="without"} == 0'), 'who has no token is told nothing')
  // Nothing is exported that the table does not tell.
  const names = (await ask('label/__name__/values')) as unknown as { data: string[] }
  const known = Object.entries(metricCatalogue).flatMap(([name, { kind }]) =>
    kind === 'histogram' ? ['bucket', 'sum', 'count'].map(suffix => `${name}_${suffix}`) : [name],
  )
  const own = names.data.filter(name => /^(isthmus|nodejs|process)_/.test(name))
  assert.deepEqual(
    own.filter(name => !known.includes(name)),
    [],
  )
  const rules = (await ask('rules')) as unknown as {
    data: { groups: { rules: { name: string; health: string; lastError?: string }[] }[] }
  }
  for (const { name, health, lastError } of rules.data.groups.flatMap(group => group.rules))
    assert.equal(health, 'ok', `${name}: ${lastError}`)
})
