import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/servers/kept.ts'
import { until } from '../check/processes.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { withoutHadolint } from './charted.ts'
import { deploy, root } from './composed.ts'
import { stagesOf } from './dockerfile.ts'

const run = promisify(execFile)
const docker = join(deploy, 'docker')
const stages = stagesOf(readFileSync(join(docker, 'Dockerfile'), 'utf8'))
const isthmus = stages.isthmus ?? assert.fail('no stage isthmus')
const withoutRoot =
  process.getuid?.() === 0 && spawnSync('unshare', ['--mount', 'setpriv', '--version']).status === 0
    ? false
    : 'a file system of its own needs root on Linux'

test('hadolint has nothing to say', { skip: withoutHadolint }, async () => {
  const lint = ['--no-color', '--failure-threshold=info', join(docker, 'Dockerfile')]
  const { stdout } = await run(process.env.ISTHMUS_TEST_HADOLINT ?? '', lint).catch(error => error)
  assert.equal(stdout, '')
})

test('what runs is nobody, knows when it is well, and what it copies is there', () => {
  for (const [name, { base, instructions }] of Object.entries(stages)) {
    if (name === '') continue
    assert.ok(/^\$\{BASE\}$/.test(base) || base in stages, `${name} begins with ${base}`)
    for (const { keyword, text } of instructions) {
      if (keyword !== 'COPY' || text.startsWith('--from=')) continue
      for (const source of text.split(/\s+/).slice(0, -1))
        assert.ok(existsSync(join(root, source)), `${name}: ${source}`)
    }
  }
  for (const { one, all } of [isthmus, stages.factory ?? assert.fail()]) {
    assert.match(one('USER'), /^\d+:\d+$/)
    assert.match(one('HEALTHCHECK'), /CMD \["node", "\/app\/healthy\.mjs"\]$/)
    assert.match(one('ENTRYPOINT'), /^\["node"/)
    assert.equal(all('SHELL').length, 0)
  }
  // The last one is what is built if nothing else is said.
  assert.equal(stages['']?.base, 'isthmus')
  const { args } = stages
  assert.match(args?.one('ARG') ?? '', /^BASE=node:\d+\.\d+\.\d+-[a-z]+-slim$/)
})

test('what the image holds starts where nothing can be written, is well, does its work, and ends in order', {
  skip: withoutRoot,
}, async t => {
  const folder = temporaryFolder('image')
  // Read by another user than ours.
  chmodSync(folder, 0o755)
  const app = await installed(folder)
  cpSync(join(root, 'examples/first-flow'), join(app, 'landscape'), { recursive: true })
  const data = join(folder, 'data')
  mkdirSync(join(data, 'scales'), { recursive: true })
  for (const path of [data, join(data, 'scales')]) chownSync(path, 10001, 10001)
  const container = new Container(t, { folder, app, data })
  const [port, control] = [await freePort(), await freePort()]
  const token = 'a-token-of-a-test-that-is-long-enough'
  const env = {
    ...isthmus.env,
    ...{ PORT: String(port), ISTHMUS_CONTROL_PORT: String(control), ISTHMUS_TOKEN: token },
    ...{ SCALES: '/data/scales', STOCK: '/data/stock.db' },
  }
  const health = isthmus.one('HEALTHCHECK').replace(/^.*CMD (?=\[)/, '')
  // Each look is a program: not too often.
  const isHealthy = async () => (await container.run(JSON.parse(health), env)).code === 0 || delay(500, false)
  assert.equal(await isHealthy(), false)
  const instance = container.start([...isthmus.exec('ENTRYPOINT'), ...isthmus.exec('CMD')], env)
  await until(() => instance.child.exitCode !== null || isHealthy(), 400_000)
  assert.equal(instance.child.exitCode, null, instance.output)

  for (const path of ['/app/x', '/x', '/usr/lib/x'])
    assert.notEqual((await container.run(['touch', path], env)).code, 0, path)
  writeFileSync(join(data, 'scales/a.jsonl'), '{"no":"W1","part":" p-7 ","kg":"1.5"}\n')
  const deliveries = async () => (await container.run(['isthmus', 'verify', '--json'], env)).output
  await until(async () => /"delivered": ?1\b/.test(await deliveries()) || delay(500, false), 240_000)

  const metrics = () =>
    fetch(`http://127.0.0.1:${control}/metrics`, { headers: { authorization: `Bearer ${token}` } })
  const owner = await container.run(['node', '/app/owner.mjs', 'li'], env, 'a long passphrase of nobody')
  assert.equal(owner.code, 0, owner.output)
  assert.match(await (await metrics()).text(), /^isthmus_admission_open 1$/m)
  instance.child.kill('SIGTERM')
  assert.equal(await instance.ended, 0, instance.output)
})

/** Does what the Dockerfile does: builds the package, and installs it by the lock that is made for it. */
async function installed(folder: string): Promise<string> {
  const [dist, app] = [join(folder, 'dist'), join(folder, 'app')]
  const options = { cwd: root, timeout: 500_000 }
  const [, drivers = ''] = /DRIVERS="(.*)"/.exec(stages.package?.one('ARG') ?? '') ?? []
  // `npm run check` looks at the types, and nobody wants those of an image.
  await run(process.execPath, ['scripts/build.ts', dist, '--noCheck', '--declaration', 'false'], options)
  const make = ['scripts/deploy/image.ts', '--dist', dist, '--to', app, ...drivers.split(' ')]
  await run(process.execPath, make, options)
  const install = stages.production?.one('RUN').split(' ') ?? []
  assert.deepEqual(install.slice(0, 3), ['npm', 'ci', '--omit=dev'])
  await run('npm', [...install.slice(1), '--prefer-offline'], { ...options, cwd: app })
  for (const name of ['pg', '@platformatic/kafka', 'isthmus'])
    assert.ok(existsSync(join(app, 'node_modules', name)), name)
  for (const name of ['typescript', 'playwright-core'])
    assert.ok(!existsSync(join(app, 'node_modules', name)), name)
  for (const name of ['healthy.mjs', 'owner.mjs']) cpSync(join(docker, name), join(app, name))
  return app
}

type Env = Readonly<Record<string, string>>

/** Programs that see the same files as a container would show them; see container.sh. */
class Container {
  readonly #t: TestContext
  readonly #places: readonly string[]

  constructor(t: TestContext, { folder, app, data }: { folder: string; app: string; data: string }) {
    this.#t = t
    const empty = join(folder, 'root')
    mkdirSync(empty)
    this.#places = [empty, app, data, process.execPath]
  }

  start(command: readonly string[], env: Env, input = '') {
    const script = join(import.meta.dirname, 'container.sh')
    const all = ['--mount', '--propagation', 'private', 'sh', script, ...this.#places, ...command]
    const path = { PATH: (env.PATH ?? '').replace('$PATH', '/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin') }
    const child: ChildProcess = spawn('unshare', all, { env: { ...env, ...path }, stdio: 'pipe' })
    const started = { child, output: '', ended: once(child, 'close').then(([code]) => code as number | null) }
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', text => (started.output += text))
    child.stdin?.on('error', () => {}).end(input)
    this.#t.after(() => child.kill('SIGKILL'))
    return started
  }

  async run(
    command: readonly string[],
    env: Env,
    input = '',
  ): Promise<{ code: number | null; output: string }> {
    const started = this.start(command, env, input)
    const code = await started.ended
    return { code, output: started.output }
  }
}
