import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './kept.ts'
import type { StartedServer } from './server.ts'

const run = promisify(execFile)

/** In the folder directus/: what npm installs, and what is preloaded. */
const own = join(import.meta.dirname, 'directus')
const version = '12.4.0'

/** The variable with its address: that of an administrator's token is its password, `limited` another port. */
export const directusVariable = 'ISTHMUS_TEST_DIRECTUS'

/**
 * The folder with Directus. It is installed once for all clones of this machine's user: 700 MB, some minutes. No script of
 * a package is run.
 */
export async function installedDirectus(say: (line: string) => void): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const folder = join(cache, 'isthmus', `directus-${version}`)
  if (existsSync(folder)) return folder
  say(`Installing Directus ${version} (npm, 700 MB, some minutes) ...`)
  mkdirSync(join(cache, 'isthmus'), { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  try {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(own, file), join(draft, file))
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
    const quiet = ['--no-audit', '--no-fund', '--no-update-notifier']
    await run(npm, ['ci', '--ignore-scripts', ...quiet], {
      cwd: draft,
      timeout: 1_200_000,
      maxBuffer: 2 ** 24,
    })
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another start may have been quicker.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** Stops the servers and deletes their folder when standard input closes, as it does when their starter is killed. */
const keeper = `
folder=$1; shift
exec 3<&0
PORT=$PORT "$@" 3<&- & server=$!
PORT=$LIMITED_PORT RATE_LIMITER_ENABLED=true CACHE_SCHEMA=false "$@" 3<&- & limited=$!
{ cat <&3 >/dev/null; kill -TERM $server $limited; } 2>/dev/null &
wait $server
kill -TERM $limited 2>/dev/null
wait $limited
cd / && rm -rf "$folder"`

/**
 * Directus over a database of its own, made in the PostgreSQL at `database`: one process that answers whatever comes, and
 * one over the same data that answers 3 requests in 2 seconds, and looks at the schema each time.
 */
export async function startDirectus(
  installed: string,
  database: string,
  say: (line: string) => void,
): Promise<StartedServer> {
  say('Starting Directus ...')
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-directus-'))
  const [port, limited] = [await freePort(), await freePort()]
  const token = randomBytes(16).toString('hex')
  const preload = pathToFileURL(join(own, 'without-isolates.mjs')).href
  const command = ['--import', preload, join(installed, 'node_modules/directus/cli.js')]
  const env = settings(await freshDatabase(database), token, port, limited)
  try {
    await run(process.execPath, [...command, 'bootstrap'], { cwd: folder, env, maxBuffer: 2 ** 24 })
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const child = spawn('sh', ['-c', keeper, 'sh', folder, process.execPath, ...command, 'start'], {
    cwd: folder,
    env,
    // Ctrl-C is for us; the keeper hears of it through its standard input.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  await ready(child, [port, limited])
  return {
    url: `http://admin:${token}@127.0.0.1:${port}/?limited=${limited}`,
    stop: async () => {
      const ended = once(child, 'exit')
      child.stdin?.end()
      await ended
    },
  }
}

function settings(database: string, token: string, port: number, limited: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOST: '127.0.0.1',
    PORT: String(port),
    LIMITED_PORT: String(limited),
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    SECRET: randomBytes(32).toString('hex'),
    DB_CLIENT: 'pg',
    DB_CONNECTION_STRING: database,
    ADMIN_EMAIL: 'admin@example.com',
    ADMIN_PASSWORD: token,
    ADMIN_TOKEN: token,
    WEBSOCKETS_ENABLED: 'true',
    RATE_LIMITER_POINTS: '3',
    RATE_LIMITER_DURATION: '2',
    SERVE_APP: 'false',
    TELEMETRY: 'false',
    // A busy machine is no reason to answer 503.
    PRESSURE_LIMITER_ENABLED: 'false',
  }
}

async function freshDatabase(url: string): Promise<string> {
  const name = `directus_${randomBytes(6).toString('hex')}`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`CREATE DATABASE ${name}`)
  } finally {
    await client.end()
  }
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

async function ready(child: ChildProcess, ports: readonly number[]): Promise<void> {
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', chunk => {
      log = (log + chunk).slice(-4000)
    })
  const deadline = performance.now() + 300_000
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`Directus did not start:\n${log}`)
    const answers = await Promise.all(ports.map(port => pings(port)))
    if (answers.every(Boolean)) return
    await delay(500)
  }
  child.stdin?.end()
  throw new Error(`Directus was not ready after 300 s:\n${log}`)
}

/** Whether somebody answers there; the limited one may say that it is asked too often. */
async function pings(port: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${port}/server/ping`).catch(() => undefined)
  await answer?.text()
  return answer?.status === 200 || answer?.status === 429
}
