import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, keep } from './kept.ts'
import type { StartedServer, TestServer } from './server.ts'

const run = promisify(execFile)
const daemon = '/usr/sbin/slapd'
const schemas = '/etc/ldap/schema'
const suffix = 'dc=isthmus,dc=test'
const admin = `cn=admin,${suffix}`

/**
 * An empty directory below `dc=isthmus,dc=test`. The address holds the administrator's name and password, and as
 * parameters `ldaps`, the port for TLS, and `ca`, the file with the certificate to trust.
 */
export const slapd: TestServer = {
  name: 'OpenLDAP',
  variable: 'ISTHMUS_TEST_LDAP',
  missingPackages: () => (existsSync(daemon) ? [] : ['slapd', 'openssl']),
  // Without a configuration the service that comes with the package does not start.
  preseed: 'slapd slapd/no_configuration boolean true',
  async start(say) {
    if (!existsSync(daemon)) return undefined
    say('Starting a private OpenLDAP ...')
    return startPrivateSlapd()
  },
}

async function startPrivateSlapd(): Promise<StartedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-slapd-'))
  const password = randomBytes(12).toString('hex')
  try {
    await makeCertificate(folder)
    mkdirSync(join(folder, 'data'))
    writeFileSync(join(folder, 'slapd.conf'), configuration(folder, password))
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const owner = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
  if (owner) own(folder, owner)
  const [port, tlsPort] = [await freePort(), await freePort()]
  const urls = `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`
  const server = [daemon, '-d', '0', '-f', join(folder, 'slapd.conf'), '-h', urls]
  const kept = keep(folder, 'TERM', server, owner)
  await kept.ready('OpenLDAP', () => accepts(port))
  const login = `${encodeURIComponent(admin)}:${password}`
  return {
    url: `ldap://${login}@127.0.0.1:${port}/${suffix}?ldaps=${tlsPort}&ca=${join(folder, 'ca.pem')}`,
    stop: kept.stop,
  }
}

/** `limited` is a user whom the server gives 5 entries at most; everybody else may read all, in pages or not. */
function configuration(folder: string, password: string): string {
  const included = ['core', 'cosine', 'inetorgperson'].map(name => `include ${schemas}/${name}.schema`)
  return `${included.join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
sizelimit unlimited
database mdb
maxsize 1073741824
suffix "${suffix}"
rootdn "${admin}"
rootpw ${password}
directory ${folder}/data
dbnosync
index objectClass,entryUUID,uid,modifyTimestamp eq
limits dn.exact="cn=limited,${suffix}" size=5
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`
}

/** Signed by an authority of its own, for the loopback address. */
async function makeCertificate(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const fresh = ['-newkey', 'rsa:2048', '-nodes', '-days', '2']
  await openssl(
    'req',
    '-x509',
    ...fresh,
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  )
  await openssl(
    'req',
    ...fresh.slice(0, 3),
    '-subj',
    '/CN=127.0.0.1',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  )
  writeFileSync(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1\n')
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  await openssl('x509', '-req', '-in', 'server.csr', ...authority, '-extfile', 'names', '-out', 'server.pem')
}

function own(folder: string, { uid, gid }: { uid: number; gid: number }): void {
  for (const name of ['', ...readdirSync(folder)]) chownSync(join(folder, name), uid, gid)
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
