import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../scripts/servers/kept.ts'
import type { Balance } from '../../src/server/operations/schemas.ts'
import { until } from '../check/processes.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { composed, deploy, root, type Service, variablesOf } from './composed.ts'

const ports = ['4801', '4802', '4804', '4805', '4806', '4807', '8080', '8090']

test('the programs of the direct shape, started as the compose file says it, become well and move messages', async t => {
  const folder = temporaryFolder('compose')
  const shape = await Shape.of(t, folder)
  await shape.run('prepare')
  const systems = ['erp', 'crm', 'hrm', 'partners', 'mes']
  for (const name of systems) shape.start(name)
  await Promise.all(systems.map(name => shape.healthy(name)))
  shape.start('isthmus')
  await shape.healthy('isthmus')
  await until(
    async () => (await shape.balance()).flows.filter(({ delivered }) => delivered > 0).length >= 5,
    400_000,
  )
  assert.equal(await shape.stop('isthmus'), 0, shape.log('isthmus'))
})

/** The services of the compose file as processes of this machine: names are addresses of it, and volumes are folders. */
class Shape {
  readonly #t: TestContext
  readonly #services: Readonly<Record<string, Service>>
  readonly #running = new Map<string, { readonly child: ChildProcess; output: string }>()
  readonly #control: string
  readonly #token: string

  private constructor(
    t: TestContext,
    services: Readonly<Record<string, Service>>,
    control: string,
    token: string,
  ) {
    this.#t = t
    this.#services = services
    this.#control = control
    this.#token = token
  }

  static async of(t: TestContext, folder: string): Promise<Shape> {
    const example = variablesOf(readFileSync(join(deploy, '.env.example'), 'utf8'))
    const hook = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
    const secrets = Object.keys(example).map(name => [
      name,
      name === 'MES_HOOK_SECRET' ? hook : `the-secret-${name}`,
    ])
    const env = {
      ...Object.fromEntries(secrets),
      ...Object.fromEntries(Object.entries(example).filter(([, value]) => value)),
    }
    const { services } = composed(env)
    const own = new Map<string, string>()
    for (const port of ports) own.set(port, String(await freePort()))
    for (const place of ['plant', 'data']) mkdirSync(join(folder, place))
    const names = new RegExp(`//(${Object.keys(services).join('|')}):`, 'g')
    const here = (text: string) =>
      text
        .replace(names, '//127.0.0.1:')
        .replace(/(?<![\w/.])\/(plant|data)\b/g, (_, place) => join(folder, place))
        .replace(/^\/app\//, `${join(deploy, 'docker')}/`)
        .replace(/\b\d{4}\b/g, port => own.get(port) ?? port)
        .replace('0.0.0.0', '127.0.0.1')
    const mapped = Object.entries(services).map(([name, service]) => {
      const { command = [], environment = {}, healthcheck } = service
      const test = healthcheck?.test?.map(here) ?? []
      const variables = Object.entries(environment).map(([variable, value]) => [
        variable,
        here(String(value)),
      ])
      return [
        name,
        {
          ...service,
          command: command.map(here),
          environment: Object.fromEntries(variables),
          healthcheck: { test },
        },
      ]
    })
    const control = `http://127.0.0.1:${own.get('8090')}`
    return new Shape(t, Object.fromEntries(mapped), control, env.ISTHMUS_TOKEN ?? '')
  }

  /** Until it has ended well. */
  async run(name: string): Promise<void> {
    const child = this.start(name)
    const [code] = await once(child, 'close')
    assert.equal(code, 0, `${name}: ${this.log(name)}`)
  }

  start(name: string): ChildProcess {
    const { command = [] } = this.#service(name)
    const child = this.#spawn(name, command)
    const started = { child, output: '' }
    this.#running.set(name, started)
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', text => (started.output += text))
    this.#t.after(() => child.kill('SIGKILL'))
    return child
  }

  /** By its own health check. */
  async healthy(name: string): Promise<void> {
    const [kind, program, ...args] = this.#service(name).healthcheck?.test ?? []
    assert.deepEqual([kind, program], ['CMD', 'node'], name)
    await until(async () => {
      assert.equal(this.#running.get(name)?.child.exitCode, null, `${name}: ${this.log(name)}`)
      const [code] = await once(this.#spawn(name, args), 'close')
      // Each look is a program: not too often.
      if (code !== 0) await delay(2_000)
      return code === 0
    }, 400_000)
  }

  async balance(): Promise<Balance> {
    const headers = { authorization: `Bearer ${this.#token}` }
    return (await (await fetch(`${this.#control}/api/v1/balance`, { headers })).json()) as Balance
  }

  async stop(name: string): Promise<number | null> {
    const { child } = this.#running.get(name) ?? assert.fail(name)
    child.kill('SIGTERM')
    const [code] = await once(child, 'close')
    return code
  }

  log(name: string): string {
    return this.#running.get(name)?.output.slice(-4000) ?? ''
  }

  #service(name: string): Service {
    return this.#services[name] ?? assert.fail(`no service ${name}`)
  }

  /** Both images of ours begin with Node. */
  #spawn(name: string, args: readonly string[]): ChildProcess {
    const { PATH, HOME } = process.env
    const env = { PATH, HOME, ...this.#service(name).environment } as Record<string, string>
    return spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  }
}
