import { chownSync, existsSync, mkdtempSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort, keep } from './kept.ts'
import { unprivilegedOwner } from './postgres.ts'
import type { TestServer } from './server.ts'

const program = '/usr/bin/redis-server'

/** For benchmarks. What it has answered is on the disk: every write is synced, as a journal's is. */
export const redis: TestServer = {
  name: 'Redis',
  variable: 'ISTHMUS_TEST_REDIS',
  missingPackages: () => (existsSync(program) ? [] : ['redis-server']),
  async start(say) {
    if (!existsSync(program)) return undefined
    say('Starting a private Redis ...')
    const folder = mkdtempSync(join(tmpdir(), 'isthmus-redis-'))
    const owner = unprivilegedOwner()
    if (owner) chownSync(folder, owner.uid, owner.gid)
    const port = await freePort()
    const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '']
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction']
    const kept = keep(folder, 'TERM', [program, ...place, ...durable], { ...owner })
    await kept.ready('Redis', () => ping(port))
    return { url: `redis://127.0.0.1:${port}`, stop: kept.stop }
  },
}

async function ping(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  socket.write('PING\r\nQUIT\r\n')
  return (await text(socket)).startsWith('+PONG')
}
