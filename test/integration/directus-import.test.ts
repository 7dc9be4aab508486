import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { RequesterChannel } from '../../src/system/channel.ts'
import type { System } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { Project } from './contract-harness.ts'
import { ask, askChannel, fill, freshCollection, token, url, withDirectus } from './directus-fixture.ts'
import { errorOf } from './http-harness.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

/** As a user imports it; gives what the command reports. */
async function imported(
  project: Project,
  kind: string,
  file: string,
  ...more: string[]
): Promise<Record<string, unknown>> {
  const given = ['import', kind, file, '--system', 'crm', '--yes', '--json', ...more]
  const { stdout } = await promisify(execFile)(process.execPath, [main, ...given], {
    cwd: project.folder,
    maxBuffer: 2 ** 24,
  })
  return JSON.parse(stdout)
}

async function specification(kind: 'oas' | 'graphql'): Promise<string> {
  const answer = await fetch(`${url}/server/specs/${kind}`, { headers: { authorization: `Bearer ${token}` } })
  assert.equal(answer.status, 200)
  return answer.text()
}

async function crmOf(project: Project, settings: Record<string, string>) {
  const module = await project.load('crm.ts')
  const crm = module.crm as System
  const connection = await crm.connector.connect(connectContext({ system: 'crm', settings }))
  const channels = Object.values(module).filter(each => Object(each).role === 'requester')
  return { connection, channels: channels as RequesterChannel<unknown, unknown>[] }
}

const named = (channels: readonly RequesterChannel<unknown, unknown>[], pattern: RegExp) =>
  channels.find(({ name }) => pattern.test(name)) ??
  assert.fail(`no ${pattern} among ${channels.map(({ name }) => name).join(', ')}`)

test('the OpenAPI document of Directus becomes channels that it answers', withDirectus, async t => {
  const collection = await freshCollection(t)
  const items = await fill(collection, 3)
  const project = new Project(t)
  const document = await specification('oas')
  const report = await imported(project, 'openapi', project.write('oas.json', document))
  const { paths } = JSON.parse(document) as { paths: Record<string, Record<string, unknown>> }
  const methods = Object.values(paths)
    .flatMap(Object.keys)
    .filter(name => /^(?:get|post|put|patch|delete)$/.test(name))
  const counts = report.counts as Record<string, number>
  assert.deepEqual([counts.paths, counts.operations], [Object.keys(paths).length, methods.length])
  assert.equal(await project.typeCheck(), '')

  const { connection, channels } = await crmOf(project, { CRM_URL: url, CRM_KEY: token })
  t.after(() => connection.close())
  assert.equal(channels.length, methods.length)
  const single = named(channels, new RegExp(`^read-single-items-${collection}`))
  const one = { id: items[1]?.id }
  const found = await askChannel(connection, single, { ...one, fields: ['id', 'no', 'qty'] })
  assert.deepEqual(found, { ok: true, result: { data: { ...one, no: 'N2', qty: 2 } } })
  // Directus declares decimals as numbers, and answers texts: that is told, and no digit is lost.
  const { code, message } = errorOf(await askChannel(connection, single, one))
  assert.equal(code, 'TARGET-CONTRACT')
  assert.match(message, /price/)
  const list = named(channels, new RegExp(`^read-items-${collection}`))
  const asked = { limit: 2, sort: ['-no'], filter: { no: { _neq: 'N3' } }, fields: ['id', 'no'] }
  const some = await askChannel(connection, list, asked)
  const [first, second] = items
  const data = [second, first].map(item => ({ id: item?.id, no: item?.no }))
  assert.deepEqual(some, { ok: true, result: { data } })
})

test('the schema of the GraphQL API of Directus becomes channels that it answers', withDirectus, async t => {
  const collection = await freshCollection(t)
  await fill(collection, 3)
  const project = new Project(t)
  const schema = project.write('crm.graphql', await specification('graphql'))
  const whole = await imported(project, 'graphql', schema, '--dry-run')
  const counts = whole.counts as Record<string, number>
  for (const kind of ['types', 'queries', 'mutations', 'subscriptions'])
    assert.ok((counts[kind] ?? 0) > 0, kind)
  // Over all the types of Directus, which lead to one another, the compiler takes minutes.
  await imported(project, 'graphql', schema, '--only', `${collection}*`)
  // A schema does not say who may ask.
  const text = readFileSync(join(project.folder, 'crm.ts'), 'utf8')
  const told = text
    .replace("url: env('CRM_URL')", "url: env('CRM_URL'), auth: bearer(secret('CRM_TOKEN'))")
    .replace('{ graphql }', '{ bearer, graphql }')
    // Directus declares seconds as Int, and then cannot answer those of a time with milliseconds.
    .replaceAll(/ date_updated_func \{[^}]*\}/g, '')
    .replace(/, system,/, ', secret, system,')
  assert.match(told, /auth: bearer/)
  project.write('crm.ts', told)
  assert.equal(await project.typeCheck(), '')

  const { connection, channels } = await crmOf(project, { CRM_URL: `${url}/graphql`, CRM_TOKEN: token })
  t.after(() => connection.close())
  const list = named(channels, new RegExp(`^${collection}$`))
  const data = { limit: 2, sort: ['-no'], filter: { no: { _neq: 'N3' } } }
  assert.equal(list.model.validate(data).ok, true)
  const answer = await askChannel(connection, list, data)
  // What Directus calls Date is a time: the model that was made of it says so, and names the field.
  const { code, message } = errorOf(answer)
  assert.equal(code, 'TARGET-CONTRACT')
  assert.match(message, /date_updated must match format "date"/)
  assert.equal((await ask<unknown[]>('GET', `/items/${collection}`)).length, 3)
})
