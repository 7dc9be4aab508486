import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Addresses of this machine for proxies that need the same ports as the server that they stand before. */
export const proxyHosts = Array.from({ length: 20 }, (_, n) => `127.0.0.${10 + n}`)

/** Writes `ca.pem` into a folder, and `server.pem` and `server.key` that it signed, for localhost, 127.0.0.1 and proxies. */
export async function makeCertificate(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const fresh = ['-newkey', 'rsa:2048', '-nodes']
  const authority = ['-subj', '/CN=test authority', '-keyout', 'ca.key', '-out', 'ca.pem']
  await openssl('req', '-x509', ...fresh, '-days', '2', ...authority)
  const server = ['-subj', '/CN=127.0.0.1', '-keyout', 'server.key', '-out', 'server.csr']
  await openssl('req', ...fresh, ...server)
  const names = ['DNS:localhost', ...['127.0.0.1', ...proxyHosts].map(host => `IP:${host}`)]
  writeFileSync(join(folder, 'names'), `subjectAltName=${names.join(',')}\n`)
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
  await openssl('x509', '-req', '-in', 'server.csr', ...signing, '-extfile', 'names', '-out', 'server.pem')
}
