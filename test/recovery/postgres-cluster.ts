import type { ChildProcess } from 'node:child_process'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from '../../scripts/servers/kept.ts'
import { findPostgres, unprivilegedOwner } from '../../scripts/servers/postgres.ts'

const binaries = findPostgres()
if (binaries === undefined && process.env.ISTHMUS_REQUIRE_SERVERS === '1')
  throw new Error('the binaries of PostgreSQL are not installed')

/** For `skip` of node:test. */
export const withoutCluster = binaries === undefined ? 'the binaries of PostgreSQL are not installed' : false

export type StopSignal = 'SIGINT' | 'SIGQUIT' | 'SIGKILL'

export interface Cluster {
  readonly url: string
  /**
   * Stops it, as `pg_ctl stop -m immediate` or `kill -9`: what was not synced is lost; or as `-m fast` (SIGINT), which ends all
   * sessions first.
   */
  crash(signal?: StopSignal): Promise<void>
  /** With other settings for this time. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>
  /** Stops it and deletes its data. */
  destroy(): Promise<void>
}

/** A PostgreSQL server of our own that may be crashed. It dies with the process group of the test. */
export async function makeCluster(settings: Readonly<Record<string, string>>): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-cluster-'))
  const user = unprivilegedOwner()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const program = (name: string) => join(binaries ?? '', name)
  await promisify(execFile)(
    program('initdb'),
    ['-D', data, '-U', 'isthmus', '-A', 'trust', '-E', 'UTF8'],
    options,
  )
  const port = await freePort()
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: folder,
    ...settings,
  }
  const url = `postgres://isthmus@127.0.0.1:${port}/postgres`
  let server: ChildProcess | undefined
  const crash = async (signal: StopSignal = 'SIGQUIT') => {
    const running = server
    server = undefined
    if (running === undefined) return
    const exited = once(running, 'exit')
    running.kill(signal)
    await exited
  }
  return {
    url,
    crash,
    async start(more = {}) {
      const given = Object.entries({ ...all, ...more }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      // What a killed server leaves behind may take a moment to end.
      for (let attempt = 1; attempt <= 50; attempt++) {
        server = spawn(program('postgres'), ['-D', data, ...given], { ...options, stdio: 'ignore' })
        while (server.exitCode === null) if (await answers(url)) return
        await delay(100)
      }
      throw new Error('PostgreSQL did not start')
    },
    async destroy() {
      await crash()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined)
  const connected = await client.connect().then(
    () => true,
    () => false,
  )
  await client.end().catch(() => undefined)
  return connected
}
