import { chownSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort, keep } from './kept.ts'
import type { StartedServer, TestServer } from './server.ts'

const program = '/usr/sbin/pgbouncer'

/** No server: tests start it before theirs. Its address is that of the program. */
export const pgbouncer: TestServer = {
  name: 'PgBouncer',
  variable: 'ISTHMUS_TEST_PGBOUNCER',
  missingPackages: () => (existsSync(program) ? [] : ['pgbouncer']),
  // The package would start a service that is for nobody.
  async start() {
    return existsSync(program) ? { url: program, stop: async () => {} } : undefined
  },
}

/** PgBouncer before the server of `url`: a connection of the server is given for a transaction, of at most `size`. */
export async function startPgbouncer(url: string, size = 12): Promise<StartedServer> {
  const { hostname, port, username, password, pathname } = new URL(url)
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-pgbouncer-'))
  const own = await freePort()
  const user = `"${decodeURIComponent(username)}" "${decodeURIComponent(password)}"\n`
  writeFileSync(join(folder, 'users'), user)
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${hostname} port=${port || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = plain
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = ${size}
max_client_conn = 500
`,
  )
  // It refuses to run as root.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
  if (nobody)
    for (const path of ['', 'users', 'pgbouncer.ini']) chownSync(join(folder, path), nobody.uid, nobody.gid)
  const kept = keep(folder, 'TERM', [program, join(folder, 'pgbouncer.ini')], {
    ...nobody,
    env: { PATH: process.env.PATH },
  })
  const account = password === '' ? username : `${username}:${password}`
  const pooled = `postgres://${account}@127.0.0.1:${own}${pathname}`
  await kept.ready('PgBouncer', () => answers(pooled))
  return { url: pooled, stop: kept.stop }
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
