import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/servers/kept.ts'
import { findPostgres, unprivilegedOwner } from '../../scripts/servers/postgres.ts'

const run = promisify(execFile)
const binaries = findPostgres()

/** For `skip` of node:test. */
export const withoutCluster = binaries === undefined && 'PostgreSQL is not installed here'

export interface Cluster {
  readonly url: string
  /** Returns when it accepts connections. */
  start(): Promise<void>
  /** As `pg_ctl stop -m` does; returns when it has ended. */
  stop(mode: 'fast' | 'immediate'): Promise<void>
  /** Kills the process of one session, at which the server throws out all of them and recovers. */
  killSession(pid: number): void
  destroy(): Promise<void>
}

/** A server of its own that can be stopped and started. It ends with this process, however that ends. */
export async function makeCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-cluster-'))
  const owner = unprivilegedOwner()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  const data = join(folder, 'data')
  const tool = (name: string) => join(binaries ?? '', name)
  await run(tool('initdb'), ['-D', data, '-U', 'isthmus', '--auth=trust', '-E', 'UTF8', '--no-sync'], options)
  const port = await freePort()
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `port = ${port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '${folder}'\nwal_level = logical\n`,
  )
  const stop = (mode: string) => run(tool('pg_ctl'), ['stop', '-w', '-D', data, '-m', mode], options)
  // Reads until this process is gone, and then stops what it has left behind.
  const keeper = spawn(
    'sh',
    ['-c', `cat; ${tool('pg_ctl')} stop -D data -m immediate; cd /; rm -rf "$0"`, folder],
    {
      ...options,
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  )
  return {
    url: `postgres://isthmus@127.0.0.1:${port}/postgres`,
    async start() {
      await run(tool('pg_ctl'), ['start', '-w', '-D', data, '-l', join(folder, 'log')], options)
    },
    async stop(mode) {
      await stop(mode)
    },
    killSession: pid => process.kill(pid, 'SIGKILL'),
    async destroy() {
      await stop('immediate').catch(() => undefined)
      const ended = once(keeper, 'exit')
      keeper.stdin?.end()
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
