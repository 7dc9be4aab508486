import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { findPostgres, startPrivatePostgres } from './private-postgres.ts'

const run = promisify(execFile)

export interface TestServers {
  /** For the tests: ISTHMUS_TEST_POSTGRES is a postgres:// URL whose user may create databases. */
  readonly env: Readonly<Record<string, string>>
  /** What could not be had, with the remedy; tests that need it are skipped. */
  readonly missing: readonly string[]
  /** Stops and deletes what was started here, and nothing else. */
  stop(): Promise<void>
}

/**
 * PostgreSQL for tests and benchmarks: the one of ISTHMUS_TEST_POSTGRES, else a private one from the binaries of
 * this machine (installed first where we are root on Debian), else one in Docker. Says what it does line by line.
 */
export async function startTestServers(root: string, say: (line: string) => void): Promise<TestServers> {
  await installPackages(say)
  const given = process.env.ISTHMUS_TEST_POSTGRES
  if (given) return serversWith(given, async () => {})
  try {
    const binaries = findPostgres()
    if (binaries !== undefined) {
      say('Starting a private PostgreSQL ...')
      const { url, stop } = await startPrivatePostgres(binaries)
      return serversWith(url, stop)
    }
    if (await dockerAnswers()) {
      say('Starting PostgreSQL in Docker ...')
      return await startInDocker(root)
    }
  } catch (error) {
    return without(`PostgreSQL: ${error instanceof Error ? error.message : error}`)
  }
  return without('PostgreSQL: install it, start Docker, or set ISTHMUS_TEST_POSTGRES to a postgres:// URL')
}

function serversWith(url: string, stop: () => Promise<void>): TestServers {
  return { env: { ISTHMUS_TEST_POSTGRES: url }, missing: [], stop }
}

function without(reason: string): TestServers {
  return { env: {}, missing: [reason], stop: async () => {} }
}

/** strace shows the recovery tests when the journal is synced. */
async function installPackages(say: (line: string) => void): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return
  const wanted: string[] = []
  if (!process.env.ISTHMUS_TEST_POSTGRES && findPostgres() === undefined) wanted.push('postgresql')
  if (!existsSync('/usr/bin/strace')) wanted.push('strace')
  if (wanted.length === 0) return
  say(`Installing ${wanted.join(' and ')} (apt-get) ...`)
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=120']
  const install = () =>
    run('apt-get', [...waitForLock, 'install', '-y', '--no-install-recommends', ...wanted], options)
  try {
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

async function startInDocker(root: string): Promise<TestServers> {
  const compose = (...args: string[]) =>
    run('docker', ['compose', '-f', 'test/compose.yaml', ...args], { cwd: root })
  await compose('up', '-d', '--wait')
  const { stdout } = await compose('port', 'postgres', '5432')
  return serversWith(`postgres://isthmus:isthmus@${stdout.trim()}/postgres`, async () => {
    await compose('down', '--volumes')
  })
}
