import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, keep } from './kept.ts'
import { killable } from './killable.ts'
import type { KillableServer, StartedServer, TestServer } from './server.ts'

const run = promisify(execFile)
const daemon = '/usr/sbin/sshd'

/**
 * Takes the user of this process in, with a key and for SFTP alone: accounts and passwords of the machine are left as
 * they are. The address holds the user and, as its path, a folder for files; as parameters the files `key` and
 * `locked` (the same key, encrypted with the passphrase `isthmus`), and the fingerprint `host`.
 */
export const sshd: TestServer = {
  name: 'OpenSSH',
  variable: 'ISTHMUS_TEST_SFTP',
  missingPackages: () => (existsSync(daemon) ? [] : ['openssh-server']),
  async start(say) {
    if (!existsSync(daemon)) return undefined
    say('Starting a private OpenSSH ...')
    return startPrivateSshd()
  },
}

async function startPrivateSshd(): Promise<StartedServer> {
  const { url, folder, port, command } = await prepared()
  const kept = keep(folder, 'TERM', command)
  await kept.ready('OpenSSH', () => accepts(port))
  return { url, stop: kept.stop }
}

/** With an address like that of the other. */
export async function startKillableSshd(): Promise<KillableServer> {
  const { url, ...options } = await prepared()
  const server = killable({ name: 'OpenSSH', ...options })
  await server.start()
  const killAndRestart = () => server.kill().then(server.start)
  return { url, killAndRestart, stop: server.stop }
}

async function prepared() {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-sshd-'))
  try {
    mkdirSync(join(folder, 'files'))
    const fresh = (name: string, passphrase: string) =>
      run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', passphrase, '-f', join(folder, name)])
    await fresh('host', '')
    await fresh('key', '')
    writeFileSync(join(folder, 'locked'), readFileSync(join(folder, 'key')), { mode: 0o600 })
    await run('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'isthmus', '-f', join(folder, 'locked')])
    // Without it sshd does not start; it is empty, and the daemon of the machine has the same.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const port = await freePort()
    writeFileSync(join(folder, 'sshd_config'), configuration(folder, port))
    const { stdout } = await run('ssh-keygen', ['-l', '-f', join(folder, 'host.pub')])
    const host = stdout.split(' ')[1] ?? ''
    const found = new URLSearchParams({ host, key: join(folder, 'key'), locked: join(folder, 'locked') })
    const url = `sftp://${userInfo().username}@127.0.0.1:${port}${folder}/files?${found}`
    return { url, folder, port, command: [daemon, '-D', '-e', '-f', join(folder, 'sshd_config')] }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function configuration(folder: string, port: number): string {
  return `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
PidFile none
AuthorizedKeysFile ${folder}/key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
MaxStartups 100
MaxAuthTries 20
Subsystem sftp internal-sftp
ForceCommand internal-sftp
`
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.on('data', () => resolve(true)).on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
