import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, globSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './kept.ts'
import { killable } from './killable.ts'
import type { TestServer } from './server.ts'

const run = promisify(execFile)

/** Largest message that the test servers take, in bytes: as RabbitMQ 4 does, where 3.10 takes 128 MiB. */
export const largestMessage = 16 * 1024 * 1024

/** Quorum queues, streams and everything else of a new installation; no management. */
export const rabbitmq: TestServer = {
  name: 'RabbitMQ',
  variable: 'ISTHMUS_TEST_RABBITMQ',
  missingPackages: () => (findRabbit() === undefined ? ['rabbitmq-server'] : []),
  async start(say) {
    if (findRabbit() === undefined) return undefined
    say('Starting a private RabbitMQ ...')
    return startPrivateRabbit()
  },
  compose: { service: 'rabbitmq', port: 5672, url: address => `amqp://isthmus:isthmus@${address}` },
}

/** One node over a folder of its own, with its own Erlang port mapper and cookie. */
export interface PrivateRabbit {
  /** With user and password. */
  readonly url: string
  /** Of the node among Erlang's. */
  readonly node: string
  /** Ends it at once, as `kill -9` does. */
  kill(): Promise<void>
  /** Starts it again over the same folder and ports, after `kill`. */
  restart(): Promise<void>
  /** `rabbitmqctl`; gives what it prints. */
  ctl(...args: string[]): Promise<string>
  stop(): Promise<void>
}

/** What nodes of one cluster share. */
export interface RabbitCluster {
  readonly mapperPort: number
  readonly cookie: string
}

/** The folder of the programs of Debian's package. */
function findRabbit(): string | undefined {
  return existsSync('/usr/bin/epmd') ? globSync('/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin')[0] : undefined
}

export async function startPrivateRabbit(cluster?: RabbitCluster): Promise<PrivateRabbit> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-rabbitmq-'))
  const password = randomBytes(12).toString('hex')
  const { mapperPort, cookie } = cluster ?? (await newCluster())
  const [port, distributionPort] = [await freePort(), await freePort()]
  const node = `isthmus-${port}@localhost`
  writeFileSync(join(folder, '.erlang.cookie'), cookie, { mode: 0o400 })
  writeFileSync(join(folder, 'enabled_plugins'), '[].')
  writeFileSync(join(folder, 'rabbitmq.conf'), configuration(port, password))
  const env = environment(folder, node, mapperPort, distributionPort)
  const programs = findRabbit() ?? ''
  const command = [join(programs, 'rabbitmq-server')]
  const beside = `epmd -port ${mapperPort}`
  const server = killable({ name: 'RabbitMQ', folder, port, command, beside, env })
  await server.start()
  return {
    url: `amqp://isthmus:${password}@127.0.0.1:${port}`,
    node,
    kill: server.kill,
    restart: server.start,
    async ctl(...args) {
      const { stdout } = await run(join(programs, 'rabbitmqctl'), ['-q', '-n', node, ...args], { env })
      return stdout
    },
    stop: server.stop,
  }
}

export async function newCluster(): Promise<RabbitCluster> {
  return { mapperPort: await freePort(), cookie: randomBytes(12).toString('hex').toUpperCase() }
}

function configuration(port: number, password: string): string {
  return [
    `listeners.tcp.1 = 127.0.0.1:${port}`,
    'default_user = isthmus',
    `default_pass = ${password}`,
    `max_message_size = ${largestMessage}`,
    'disk_free_limit.absolute = 50MB',
    'log.console = true',
    'log.console.level = error',
    'log.file = false',
  ].join('\n')
}

/** Everything that would else be looked for below /etc and /var, or be shared with other nodes of this machine. */
function environment(folder: string, node: string, mapperPort: number, distributionPort: number) {
  return {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: folder,
    ERL_EPMD_PORT: String(mapperPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: node,
    // Else a shell stands between us and the server.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_DIST_PORT: String(distributionPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: join(folder, 'advanced.config'),
    RABBITMQ_CONF_ENV_FILE: '/dev/null',
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: join(folder, 'generated'),
    RABBITMQ_PLUGINS_EXPAND_DIR: join(folder, 'plugins'),
    // Two schedulers that do not spin while they wait: tests share the machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none -start_epmd false',
  }
}
