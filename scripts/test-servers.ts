import { execFile, execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { chromium } from './servers/chromium.ts'
import { hadolint } from './servers/hadolint.ts'
import { helm } from './servers/helm.ts'
import { kafka } from './servers/kafka.ts'
import { mail } from './servers/mail.ts'
import { mariadb } from './servers/mariadb.ts'
import { mongodb } from './servers/mongodb.ts'
import { mosquitto } from './servers/mosquitto.ts'
import { pandas } from './servers/pandas.ts'
import { pgbouncer } from './servers/pgbouncer.ts'
import { postgres } from './servers/postgres.ts'
import { prometheus } from './servers/prometheus.ts'
import { rabbitmq } from './servers/rabbitmq.ts'
import type { StartedServer, TestServer } from './servers/server.ts'
import { slapd } from './servers/slapd.ts'
import { sshd } from './servers/sshd.ts'
import { ublSchemas } from './servers/ubl-schemas.ts'
import { vsftpd } from './servers/vsftpd.ts'
import { xmllint } from './servers/xmllint.ts'

const run = promisify(execFile)

const all: readonly TestServer[] = [
  postgres,
  pgbouncer,
  mariadb,
  mongodb,
  slapd,
  kafka,
  rabbitmq,
  mosquitto,
  sshd,
  vsftpd,
  mail,
  pandas,
  chromium,
  prometheus,
  xmllint,
  ublSchemas,
  helm,
  hadolint,
]

export interface TestServers {
  /** For the tests: the address of each server, under its variable. */
  readonly env: Readonly<Record<string, string>>
  /** What could not be had, with the remedy; tests that need it are skipped. */
  readonly missing: readonly string[]
  /** Stops and deletes what was started here, and nothing else. */
  stop(): Promise<void>
}

/**
 * Servers for tests and benchmarks: the one of its variable, else a private one from the binaries of this machine
 * (installed first where we are root on Debian), else one in Docker. Says what it does line by line. All of them, unless
 * it is said which.
 */
export async function startTestServers(
  root: string,
  say: (line: string) => void,
  servers = all,
): Promise<TestServers> {
  await installPackages(servers, say)
  const docker = await dockerAnswers()
  const results = await Promise.all(servers.map(server => startOne(server, docker ? root : undefined, say)))
  const env: Record<string, string> = {}
  const missing: string[] = []
  const started: StartedServer[] = []
  for (const [index, result] of results.entries()) {
    if (typeof result === 'string') missing.push(result)
    else {
      env[(servers[index] as TestServer).variable] = result.url
      started.push(result)
    }
  }
  return { env, missing, stop: async () => void (await Promise.all(started.map(one => one.stop()))) }
}

/** A text says why there is none. `root` is given where Docker answers. */
async function startOne(
  server: TestServer,
  root: string | undefined,
  say: (line: string) => void,
): Promise<StartedServer | string> {
  const { name, variable } = server
  const given = process.env[variable]
  if (given) return { url: given, stop: async () => {} }
  try {
    const started = await server.start(say)
    if (started) return started
    if (root !== undefined && server.compose) return await startInDocker(root, server, say)
  } catch (error) {
    return `${name}: ${error instanceof Error ? error.message : error}`
  }
  return `${name}: install it, start Docker, or set ${variable} to its URL`
}

/** What tests use beside servers: strace shows when the journal is synced; the others cut members off and change their clocks. */
const tools = [
  ['strace', '/usr/bin/strace'],
  ['iproute2', '/usr/sbin/ip'],
  ['nftables', '/usr/sbin/nft'],
  ['faketime', '/usr/bin/faketime'],
] as const

async function installPackages(servers: readonly TestServer[], say: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  const wanted = servers.flatMap(server => (process.env[server.variable] ? [] : server.missingPackages()))
  wanted.push(...tools.flatMap(([name, path]) => (existsSync(path) ? [] : [name])))
  if (wanted.length === 0) return
  say(`Installing ${wanted.join(', ')} (apt-get) ...`)
  const preseeds = servers.flatMap(({ preseed, missingPackages }) =>
    preseed !== undefined && missingPackages().length > 0 ? [preseed] : [],
  )
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=120']
  const install = () =>
    run('apt-get', [...waitForLock, 'install', '-y', '--no-install-recommends', ...wanted], options)
  try {
    if (preseeds.length > 0) execFileSync('debconf-set-selections', { input: preseeds.join('\n') })
    await install().catch(async () => {
      await run('apt-get', ['update'], options)
      await install()
    })
  } catch (error) {
    say(`apt-get failed: ${error instanceof Error ? error.message.trim() : error}`)
  }
}

async function dockerAnswers(): Promise<boolean> {
  return run('docker', ['compose', 'ls'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}

async function startInDocker(
  root: string,
  { name, compose }: TestServer,
  say: (line: string) => void,
): Promise<StartedServer> {
  const { service = '', port = 0, url = String } = compose ?? {}
  say(`Starting ${name} in Docker ...`)
  const docker = (...args: string[]) =>
    run('docker', ['compose', '-f', 'test/compose.yaml', ...args], { cwd: root })
  await docker('up', '-d', '--wait', service)
  const { stdout } = await docker('port', service, String(port))
  return { url: url(stdout.trim()), stop: async () => void (await docker('rm', '-fsv', service)) }
}
