import { execFile, execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, keep } from './kept.ts'
import type { StartedServer, TestServer } from './server.ts'

const run = promisify(execFile)

/** Its user may create databases. */
export const postgres: TestServer = {
  name: 'PostgreSQL',
  variable: 'ISTHMUS_TEST_POSTGRES',
  missingPackages: () => (findPostgres() === undefined ? ['postgresql'] : []),
  async start(say) {
    const binaries = findPostgres()
    if (binaries === undefined) return undefined
    say('Starting a private PostgreSQL ...')
    return startPrivatePostgres(binaries)
  },
  compose: {
    service: 'postgres',
    port: 5432,
    url: address => `postgres://isthmus:isthmus@${address}/postgres`,
  },
}

/** The newest of the versions that Debian's packages have put here. */
export function findPostgres(): string | undefined {
  const version = (folder: string) => Number(folder.split('/').at(-2))
  return globSync('/usr/lib/postgresql/*/bin')
    .filter(folder => globSync(`${folder}/pg_ctl`).length > 0)
    .sort((a, b) => version(b) - version(a))[0]
}

/** A new cluster in a temporary folder, durable as in production, on a free port of the loopback interface. */
async function startPrivatePostgres(binaries: string): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-postgres-'))
  const owner = unprivilegedOwner()
  const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const password = randomBytes(12).toString('hex')
  try {
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, password)
    const settings = ['-U', 'isthmus', `--pwfile=${passwordFile}`, '--auth=scram-sha-256']
    await run(
      join(binaries, 'initdb'),
      ['-D', join(folder, 'data'), '-E', 'UTF8', '--no-sync', ...settings],
      options,
    )
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const port = await freePort()
  const server = [join(binaries, 'postgres'), '-D', join(folder, 'data'), '-k', folder, '-p', String(port)]
  const limits = ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200', '-c', 'wal_level=logical']
  // Tests side by side have a slot each.
  const slots = ['-c', 'max_replication_slots=50', '-c', 'max_wal_senders=50']
  const branches = ['-c', 'max_prepared_transactions=100']
  const kept = keep(folder, 'INT', [...server, ...limits, ...slots, ...branches], options)
  const place = ['-h', '127.0.0.1', '-p', String(port)]
  await kept.ready('PostgreSQL', () => run(join(binaries, 'pg_isready'), place))
  return { url: `postgres://isthmus:${password}@127.0.0.1:${port}/postgres`, stop: kept.stop }
}

/** PostgreSQL refuses to run as root; its package has brought a user for it. */
export function unprivilegedOwner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
