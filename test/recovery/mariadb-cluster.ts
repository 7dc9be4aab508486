import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/servers/kept.ts'
import { openMariadb } from './mariadb-fixture.ts'
import type { Cluster } from './postgres-cluster.ts'

const daemon = '/usr/sbin/mariadbd'
const installer = '/usr/bin/mariadb-install-db'

/** For `skip` of node:test. */
export const withoutMariadbCluster =
  !existsSync(daemon) || !existsSync(installer) ? 'the binaries of MariaDB are not installed' : false

/** A MariaDB server of our own that may be killed. It dies with the process group of the test. */
export async function makeMariadbCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-cluster-'))
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const options = { ...user, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder } }
  const quiet = ['--skip-test-db', '--auth-root-authentication-method=normal']
  await promisify(execFile)(
    installer,
    ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, ...quiet],
    options,
  )
  const account = `'isthmus'@'127.0.0.1'`
  writeFileSync(
    join(folder, 'init.sql'),
    `create user if not exists ${account};\ngrant all on *.* to ${account} with grant option;\n`,
  )
  const port = await freePort()
  const given = [
    '--no-defaults',
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--tmpdir=${folder}`,
    `--init-file=${join(folder, 'init.sql')}`,
    `--port=${port}`,
    '--bind-address=127.0.0.1',
    '--skip-name-resolve',
    '--character-set-server=utf8mb4',
    '--log-bin=binlog',
    '--binlog-format=ROW',
    '--server-id=1',
    '--innodb-buffer-pool-size=64M',
  ]
  const url = `mysql://isthmus@127.0.0.1:${port}/mysql`
  let server: ChildProcess | undefined
  const crash = async () => {
    const running = server
    server = undefined
    if (running === undefined) return
    const exited = once(running, 'exit')
    running.kill('SIGKILL')
    await exited
  }
  return {
    url,
    crash,
    async start() {
      server = spawn(daemon, given, { ...options, stdio: 'ignore' })
      while (!(await answers(url))) {
        if (server.exitCode !== null) throw new Error('MariaDB did not start')
        await delay(50)
      }
    },
    async destroy() {
      await crash()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    await (await openMariadb(url)).end()
    return true
  } catch {
    return false
  }
}
