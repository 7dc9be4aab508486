import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, keep } from './kept.ts'
import type { StartedServer, TestServer } from './server.ts'

const run = promisify(execFile)
const daemon = '/usr/sbin/mariadbd'
const client = '/usr/bin/mariadb'
const installer = '/usr/bin/mariadb-install-db'

/** Its user may create databases, read the binary log and end the sessions of others. */
export const mariadb: TestServer = {
  name: 'MariaDB',
  variable: 'ISTHMUS_TEST_MARIADB',
  missingPackages: () => (isInstalled() ? [] : ['mariadb-server-core', 'mariadb-client-core']),
  async start(say) {
    if (!isInstalled()) return undefined
    say('Starting a private MariaDB ...')
    return startPrivateMariadb()
  },
  compose: {
    service: 'mariadb',
    port: 3306,
    url: address => `mysql://root:isthmus@${address}/mysql`,
  },
}

function isInstalled(): boolean {
  return [daemon, client, installer].every(path => existsSync(path))
}

/** A log of whole rows with transaction ids, as change capture needs it; else as durable as the defaults are. */
const settings = [
  '--bind-address=127.0.0.1',
  '--max-connections=200',
  '--server-id=1',
  '--log-bin=binlog',
  '--binlog-format=ROW',
  '--binlog-row-image=FULL',
  '--binlog-row-metadata=FULL',
  '--character-set-server=utf8mb4',
  '--innodb-buffer-pool-size=64M',
  '--skip-name-resolve',
]

async function startPrivateMariadb(): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mariadb-'))
  const data = join(folder, 'data')
  const password = randomBytes(12).toString('hex')
  // The server refuses root unless it is told so; its core package brings no user of its own.
  const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
  const options = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder } }
  try {
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const quiet = ['--skip-test-db', '--auth-root-authentication-method=normal']
    await run(installer, ['--no-defaults', `--datadir=${data}`, `--tmpdir=${folder}`, ...quiet], options)
    const user = `'isthmus'@'127.0.0.1'`
    // One statement a line.
    const grants = `create user ${user} identified by '${password}';\ngrant all on *.* to ${user} with grant option;\n`
    writeFileSync(join(folder, 'init.sql'), grants)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const port = await freePort()
  const places = [
    `--datadir=${data}`,
    `--socket=${join(folder, 'socket')}`,
    `--pid-file=${join(folder, 'pid')}`,
    `--tmpdir=${folder}`,
    `--init-file=${join(folder, 'init.sql')}`,
    `--port=${port}`,
  ]
  const server = [daemon, '--no-defaults', ...places, ...settings]
  const kept = keep(folder, 'TERM', server, options)
  const address = ['--no-defaults', '-h127.0.0.1', `-P${port}`, '-uisthmus']
  const env = { PATH: process.env.PATH, MYSQL_PWD: password }
  await kept.ready('MariaDB', () => run(client, [...address, '-e', 'select 1'], { env }))
  return { url: `mysql://isthmus:${password}@127.0.0.1:${port}/mysql`, stop: kept.stop }
}
