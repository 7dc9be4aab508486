import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeCertificate } from './certificate.ts'
import { freePort, type Kept, keep } from './kept.ts'
import type { StartedServer, TestServer } from './server.ts'

const run = promisify(execFile)
const imapDaemon = '/usr/sbin/dovecot'
const smtpDaemon = '/usr/sbin/exim4'
/** Exim becomes this user, and so may Dovecot: one reads what the other writes. */
const user = 'Debian-exim'

/**
 * An SMTP server (Exim) that delivers to an IMAP server (Dovecot). Whoever knows the password may be any user: a
 * mailbox is made when its user first opens it by IMAP. The address is that of IMAP; parameters are its port `imaps`, those of SMTP
 * `smtp` (STARTTLS) and `smtps`, the file `ca`, and the folder `queue` that is empty when all is delivered. Mail to
 * `busy...@` is refused for now, to `gone...@` for good, and so is a subject with REFUSE.
 */
export const mail: TestServer = {
  name: 'Dovecot and Exim',
  variable: 'ISTHMUS_TEST_MAIL',
  missingPackages: () => [
    ...(existsSync(imapDaemon) && existsSync('/usr/lib/dovecot/imap') ? [] : ['dovecot-imapd', 'openssl']),
    ...(existsSync(smtpDaemon) ? [] : ['exim4-daemon-light']),
  ],
  async start(say) {
    // Exim is started by root alone.
    if (process.getuid?.() !== 0 || !existsSync(imapDaemon) || !existsSync(smtpDaemon)) return undefined
    say('Starting a private Dovecot and Exim ...')
    return startPrivateMail(await ownerOf(user))
  },
}

async function startPrivateMail(owner: Owner): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mail-'))
  const other = mkdtempSync(join(tmpdir(), 'isthmus-mail-'))
  const password = randomBytes(12).toString('hex')
  const started: Kept[] = []
  const stop = async () => {
    await Promise.all(started.map(one => one.stop()))
    rmSync(folder, { recursive: true, force: true })
    rmSync(other, { recursive: true, force: true })
  }
  try {
    await makeCertificate(folder)
    const [imap, imaps] = [await freePort(), await freePort()]
    const [smtp, smtps] = [await freePort(), await freePort()]
    for (const name of ['boxes', 'spool', 'log', 'run']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'dovecot.conf'), imapConfiguration(folder, password, imap, imaps, owner))
    own(folder, owner)
    own(other, owner)
    // Exim trusts a configuration of root's only.
    writeFileSync(join(folder, 'exim.conf'), smtpConfiguration(folder, password, smtp, smtps))
    const dovecot = keep(folder, 'TERM', [imapDaemon, '-F', '-c', join(folder, 'dovecot.conf')], owner)
    started.push(dovecot)
    const exim = [smtpDaemon, '-C', join(folder, 'exim.conf'), '-bdf']
    const mta = keep(other, 'TERM', exim)
    started.push(mta)
    await dovecot.ready('Dovecot', () => greets(imap))
    await mta.ready('Exim', () => greets(smtp))
    const queue = join(folder, 'spool/input')
    const found = `imaps=${imaps}&smtp=${smtp}&smtps=${smtps}&ca=${join(folder, 'ca.pem')}&queue=${queue}`
    return { url: `imap://user:${password}@127.0.0.1:${imap}/?${found}`, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Source: Dovecot's documentation, "Rootless installation". */
function imapConfiguration(
  folder: string,
  password: string,
  port: number,
  tlsPort: number,
  { uid, gid }: Owner,
): string {
  return `protocols = imap
base_dir = ${folder}/run
log_path = /dev/stderr
default_internal_user = ${user}
default_internal_group = ${user}
default_login_user = ${user}
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = 100
mail_fsync = never
auth_failure_delay = 0
ssl = yes
ssl_cert = <${folder}/server.pem
ssl_key = <${folder}/server.key
disable_plaintext_auth = yes
login_trusted_networks =
mail_location = maildir:${folder}/boxes/%u/Maildir
passdb {
  driver = static
  args = password=${password}
}
userdb {
  driver = static
  args = uid=${uid} gid=${gid} home=${folder}/boxes/%u
}
service anvil {
  chroot =
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${port}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = ${tlsPort}
    ssl = yes
  }
}
service stats {
  chroot =
}
`
}

function smtpConfiguration(folder: string, password: string, port: number, tlsPort: number): string {
  return `primary_hostname = mail.test
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/log/pid
local_interfaces = <; 127.0.0.1.${port}; 127.0.0.1.${tlsPort}
tls_on_connect_ports = ${tlsPort}
daemon_smtp_ports = ${port}
tls_advertise_hosts = *
tls_certificate = ${folder}/server.pem
tls_privatekey = ${folder}/server.key
auth_advertise_hosts = \${if def:tls_in_cipher{*}}
smtp_accept_max = 100
smtp_accept_queue_per_connection = 0
smtp_receive_timeout = 1m
rfc1413_query_timeout = 0s
deliver_drop_privilege = true
message_size_limit = 20M
acl_smtp_rcpt = rcpt
acl_smtp_data = data
domainlist ours = test
keep_environment =
begin acl
rcpt:
  deny    !authenticated = *
          message = log in first
  defer   local_parts = ^busy
          message = the mailbox is busy
  deny    local_parts = ^gone
          message = there is no such user
  require message = there is no such user
          verify = recipient
  accept  domains = +ours
  deny    message = no relaying
data:
  deny    condition = \${if match{$h_subject:}{REFUSE}}
          message = not this one
  accept
begin routers
local:
  driver = accept
  domains = +ours
  local_parts = dsearch;${folder}/boxes
  transport = box
begin transports
box:
  driver = appendfile
  directory = ${folder}/boxes/$local_part_data/Maildir
  maildir_format
  create_directory
begin retry
* * F,1h,1s
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if eq{$auth3}{${password}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if eq{$auth2}{${password}}}
  server_set_id = $auth1
`
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

async function ownerOf(name: string): Promise<Owner> {
  const [uid, gid] = await Promise.all(['-u', '-g'].map(what => run('id', [what, name])))
  return { uid: Number(uid?.stdout), gid: Number(gid?.stdout) }
}

/** Everything in the folder, and it, belongs to whoever the servers run as. */
function own(folder: string, { uid, gid }: Owner): void {
  for (const name of ['', ...readdirSync(folder)]) chownSync(join(folder, name), uid, gid)
}

function greets(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.on('data', () => resolve(true)).on('error', () => resolve(false))
  socket.on('close', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
