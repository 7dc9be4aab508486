import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'

import { openSeal } from '../../src/server/people/seal.ts'
import { parseDuration } from '../../src/system/duration.ts'
import { type Composed, composed, composeText, deploy, root, type Service, variablesOf } from './composed.ts'
import { composeProblems } from './published.ts'

const run = promisify(execFile)
const example = variablesOf(readFileSync(join(deploy, '.env.example'), 'utf8'))
const filled = Object.fromEntries(
  Object.keys(example).map(name => [name, example[name] || `value-of-${name}`]),
)
const file = composed(filled)
const services = Object.entries(file.services)
const own = services.filter(([, { image }]) => image === 'isthmus-factory')

test('the file is as the specification wants it', () => {
  assert.equal(composeProblems(file), '')
  const broken = { ...file, services: { ...file.services, more: { image: 'x', restarts: 'always' } } }
  assert.match(composeProblems(broken), /restarts/)
})

test('what it asks of its environment stands in the example, and the other way round', () => {
  const asked = new Set([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name]) => name))
  const optional = new Set(['ISTHMUS_TRANSPORT', 'FACTORY_WITH'])
  const told = readFileSync(join(deploy, '.env.example'), 'utf8')
  for (const name of asked) assert.match(told, new RegExp(`^#?${name}=`, 'm'))
  for (const name of Object.keys(example)) assert.ok(asked.has(name) || name === 'COMPOSE_PROFILES', name)
  for (const name of asked) assert.ok((name ?? '') in example || optional.has(name ?? ''), name)
})

test('no secret stands in it, nor in the example', () => {
  for (const [name, { environment = {} }] of Object.entries(composedWithout().services))
    for (const [variable, value] of Object.entries(environment))
      if (/PASSWORD|PASS$|TOKEN|SECRET|KEY/.test(variable))
        assert.match(String(value), /^(\?\w+\?)?$/, `${name}: ${variable}`)
  for (const [name, value] of Object.entries(example))
    if (/PASSWORD|TOKEN|SECRET|KEY/.test(name)) assert.equal(value, '', name)
})

test('ours run as nobody, write nowhere but to their volumes, and are let end what they do', () => {
  assert.ok(own.length >= 9)
  for (const [name, service] of own) {
    assert.equal(service.user, '10001:10001', name)
    assert.equal(service.read_only, true, name)
    assert.deepEqual(service.cap_drop, ['ALL'], name)
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name)
    const { ISTHMUS_GRACE: grace } = service.environment ?? {}
    if (grace === undefined) continue
    assert.ok(parseDuration(service.stop_grace_period ?? '') > parseDuration(String(grace)), name)
  }
})

test('every service of a shape waits only for services of that shape, which can become healthy', () => {
  for (const shape of ['direct', 'hub', 'cloud', 'observe']) {
    const present = new Set(
      services.filter(([, { profiles }]) => profiles.includes(shape)).map(([name]) => name),
    )
    assert.ok(present.size > 1, shape)
    for (const name of present) {
      const { depends_on = {} } = file.services[name] as Service
      for (const [other, { condition, required = true }] of Object.entries(depends_on)) {
        const { healthcheck } = file.services[other] ?? assert.fail(`${name} waits for ${other}`)
        assert.ok(present.has(other) || !required, `${shape}: ${name} waits for ${other}`)
        if (condition === 'service_healthy') assert.ok(healthcheck?.test, `${other} has no health check`)
      }
    }
  }
})

test('what it mounts and builds is there', () => {
  for (const [name, { volumes = [], build, secrets = [] }] of services) {
    for (const volume of volumes) {
      const [source = ''] = volume.split(':')
      const found = source.startsWith('.') ? existsSync(join(deploy, source)) : source in file.volumes
      assert.ok(found, `${name}: ${volume}`)
    }
    for (const secret of secrets)
      assert.ok((typeof secret === 'string' ? secret : secret.source) in file.secrets)
    if (!build) continue
    const text = readFileSync(join(deploy, build.context, build.dockerfile), 'utf8')
    assert.match(text, new RegExp(`^FROM .* AS ${build.target}$`, 'm'))
  }
  for (const [name, { command = [] }] of own) assert.ok(existsSync(join(root, command[0] ?? '')), name)
})

test('members of one store have one key for what the store must not tell, and none but this', () => {
  const members = services.filter(([, { environment = {} }]) => environment.ISTHMUS_STORE !== undefined)
  assert.deepEqual(members.map(([name]) => name).toSorted(), ['intake', 'scheduler', 'worker'])
  for (const [name, { environment = {}, secrets = [] }] of members) {
    assert.equal(environment.ISTHMUS_PEOPLE_KEY, filled.ISTHMUS_PEOPLE_KEY, name)
    assert.deepEqual(secrets, [], name)
  }
})

test('nothing is reached from other machines', () => {
  for (const [name, { ports = [] }] of services)
    for (const port of ports) assert.match(port, /^127\.0\.0\.1:/, name)
})

test('secrets are made once, where nobody else reads them', async t => {
  const folder = temporary(t)
  await run(process.execPath, [join(deploy, 'make-secrets.mjs'), folder])
  const text = readFileSync(join(folder, '.env'), 'utf8')
  assert.equal(statSync(join(folder, '.env')).mode & 0o777, 0o600)
  assert.equal(statSync(join(folder, 'secrets')).mode & 0o777, 0o700)
  const made = variablesOf(text)
  for (const name of Object.keys(example)) assert.ok(made[name], name)
  assert.match(made.MES_HOOK_SECRET ?? '', /^whsec_\S{32}$/)
  assert.equal(readFileSync(join(folder, 'secrets/isthmus-token'), 'utf8'), made.ISTHMUS_TOKEN)
  // Throws for a key that it would not take.
  openSeal(folder, made.ISTHMUS_PEOPLE_KEY)
  for (const { file: path } of Object.values(file.secrets)) assert.ok(existsSync(join(folder, path)))
  await run(process.execPath, [join(deploy, 'make-secrets.mjs'), folder])
  assert.equal(readFileSync(join(folder, '.env'), 'utf8'), text)
})

/** With the name of each variable where its value belongs. */
function composedWithout(): Composed {
  return composed(
    Object.fromEntries([...composeText.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => [name, `?${name}?`])),
  )
}

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-deploy-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
