import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificate } from './certificate.ts'
import { freePort, type Kept, keep } from './kept.ts'
import { killable } from './killable.ts'
import type { KillableServer, StartedServer, TestServer } from './server.ts'

const daemon = '/usr/sbin/vsftpd'
/** Of those on every machine, one whose home is there, and its number on Debian. */
const [user, owner] = ['daemon', 1]
const isRoot = process.getuid?.() === 0

/** vsftpd gives data connections ports of its own choice; a proxy must know which. */
const dataPorts = 40

/**
 * Three servers over one folder: without encryption, with TLS after a command, and with TLS from the first byte. Who
 * logs in is `ftp`, with a password that is asked for: accounts of the machine are left alone. The address is the one
 * without encryption, and has the folder, as this machine sees it, as its path: tests make folders in it, of the user
 * `owner`. Further parameters are the ports `explicit` and `implicit`, `data`, the first of 40 ports for data
 * connections, and the file `ca`.
 */
export const vsftpd: TestServer = {
  name: 'vsftpd',
  variable: 'ISTHMUS_TEST_FTP',
  missingPackages: () => (existsSync(daemon) ? [] : ['vsftpd', 'openssl']),
  async start(say) {
    if (!existsSync(daemon)) return undefined
    say('Starting a private vsftpd ...')
    return startPrivateVsftpd()
  },
}

async function startPrivateVsftpd(): Promise<StartedServer> {
  const prepared = await prepare()
  const { folder, url } = prepared
  const started: Kept[] = []
  const stop = async () => {
    await Promise.all(started.map(one => one.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    // Each of them deletes the folder of all when it ends, so that it goes too when this process is killed.
    const start = async (tls: string) => {
      const { port, command } = await prepared.server(tls)
      const kept = keep(folder, 'TERM', command)
      started.push(kept)
      await kept.ready('vsftpd', () => accepts(port))
      return port
    }
    const plain = await start('')
    const explicit = await start(encryption(folder))
    const implicit = await start(`${encryption(folder)}implicit_ssl=YES\n`)
    return { url: `${url(plain)}&explicit=${explicit}&implicit=${implicit}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Without encryption, and otherwise with an address like that of the others. */
export async function startKillableVsftpd(): Promise<KillableServer> {
  const { folder, url, server } = await prepare()
  const { port, command } = await server('')
  const process = killable({ name: 'vsftpd', folder, port, command })
  await process.start()
  const killAndRestart = () => process.kill().then(process.start)
  return { url: url(port), killAndRestart, stop: process.stop }
}

/** A folder for servers, their addresses by their ports, and what makes the configuration of one of them. */
async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-vsftpd-'))
  try {
    const password = randomBytes(12).toString('hex')
    await makeCertificate(folder)
    for (const name of ['files', 'empty']) mkdirSync(join(folder, name))
    // Who may write at the root is not let in.
    chmodSync(join(folder, 'files'), 0o555)
    writeFileSync(join(folder, 'passwords'), `${password}\n`)
    // Below 32768, from where on others are given any port that is free, also one that a proxy will want.
    const data = 20_000 + Math.floor(Math.random() * 300) * dataPorts
    const found = `owner=${owner}&data=${data}&ca=${join(folder, 'ca.pem')}`
    return {
      folder,
      url: (port: number) => `ftp://ftp:${password}@127.0.0.1:${port}${join(folder, 'files')}?${found}`,
      async server(tls: string) {
        const port = await freePort()
        const file = join(folder, `${port}.conf`)
        writeFileSync(file, `${configuration(folder, port, data)}${tls}`)
        return { port, command: [daemon, file] }
      },
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

function configuration(folder: string, port: number, data: number): string {
  return `listen=YES
listen_ipv6=NO
listen_address=127.0.0.1
listen_port=${port}
background=NO
anonymous_enable=YES
local_enable=NO
secure_email_list_enable=YES
email_password_file=${folder}/passwords
anon_root=${folder}/files
ftp_username=${user}
nopriv_user=nobody
secure_chroot_dir=${folder}/empty
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
anon_umask=022
pasv_min_port=${data}
pasv_max_port=${data + dataPorts - 1}
max_login_fails=2
delay_failed_login=0
seccomp_sandbox=NO
xferlog_enable=NO
${isRoot ? '' : 'run_as_launching_user=YES\n'}`
}

function encryption(folder: string): string {
  return `ssl_enable=YES
rsa_cert_file=${folder}/server.pem
rsa_private_key_file=${folder}/server.key
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
`
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
