import { randomBytes } from 'node:crypto'
import { chownSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { proxyHosts } from '../../scripts/servers/certificate.ts'
import { hold } from '../../scripts/servers/kept.ts'
import {
  type FilesChannels,
  type FtpOptions,
  files,
  ftp,
  type SftpOptions,
  sftp,
} from '../../src/connectors/files/index.ts'
import type { Connector } from '../../src/system/connector.ts'
import { secret } from '../../src/system/setting.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { patientAnswers } from './patience.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

/** A server for tests: its address, or for `skip` of node:test why there is none. */
function given(variable: string, name: string): URL | string {
  const url = process.env[variable]
  if (url !== undefined) return new URL(url)
  if (process.env.ISTHMUS_REQUIRE_SERVERS === '1')
    throw new Error(`${variable} is not set: see scripts/servers/${name}.ts for what it holds`)
  return `no ${name}: ${variable} is not set`
}

const sshd = given('ISTHMUS_TEST_SFTP', 'sshd')
const vsftpd = given('ISTHMUS_TEST_FTP', 'vsftpd')

export const withoutSftp = typeof sshd === 'string' ? sshd : false
export const withoutFtp = typeof vsftpd === 'string' ? vsftpd : false

const absent = new URL('ftp://absent.invalid')
export const sshdUrl = typeof sshd === 'string' ? absent : sshd
export const vsftpdUrl = typeof vsftpd === 'string' ? absent : vsftpd
export const parameter = (url: URL, name: string) => url.searchParams.get(name) ?? ''

/** What `secret` in tests stands for. */
export const settings = {
  KEY: withoutSftp ? '' : readFileSync(parameter(sshdUrl, 'key'), 'utf8'),
  LOCKED: withoutSftp ? '' : readFileSync(parameter(sshdUrl, 'locked'), 'utf8'),
  PASSPHRASE: 'isthmus',
  PASSWORD: vsftpdUrl.password,
  CA: withoutFtp ? '' : readFileSync(parameter(vsftpdUrl, 'ca'), 'utf8'),
}

export type Encryption = 'none' | 'explicit' | 'implicit'
export type Kind = 'a local folder' | 'SFTP' | 'FTP' | 'FTPS' | 'implicit FTPS'

const encryptions: Readonly<Record<string, Encryption>> = {
  FTP: 'none',
  FTPS: 'explicit',
  'implicit FTPS': 'implicit',
}

export const kinds: readonly Kind[] = ['a local folder', 'SFTP', 'FTP', 'FTPS', 'implicit FTPS']

export function withoutServer(kind: Kind): string | false {
  if (kind === 'a local folder') return false
  return kind === 'SFTP' ? withoutSftp : withoutFtp
}

/** A folder as this machine sees it, and as the connector does. */
export interface RemotePlace {
  readonly disk: string
  /** With a proxy, that which is between. */
  readonly proxy: TcpProxy | undefined
  readonly shop: System & FilesChannels
  destroy(): Promise<void>
}

/** A folder of its own. `isProxied` puts a proxy between. */
export async function remotePlace(
  kind: Kind,
  isProxied = false,
  options: Partial<SftpOptions & FtpOptions> = {},
): Promise<RemotePlace> {
  const name = `t-${randomBytes(6).toString('hex')}`
  const isSftp = kind === 'SFTP' || kind === 'a local folder'
  const root = isSftp ? (withoutSftp ? '/tmp' : sshdUrl.pathname) : vsftpdUrl.pathname
  const disk = join(root, name)
  await mkdir(disk)
  const owner = Number(parameter(vsftpdUrl, 'owner'))
  if (process.getuid?.() === 0 && !isSftp) chownSync(disk, owner, owner)
  const proxy = isProxied ? await proxyFor(kind) : undefined
  return {
    disk,
    proxy,
    shop: system('shop', { kind: 'files', connector: connectorFor(kind, disk, proxy?.port, options) }),
    async destroy() {
      await proxy?.close()
      await rm(disk, { recursive: true, force: true })
    },
  }
}

/** The same, gone with the test. */
export async function testPlace(t: TestContext, ...options: Parameters<typeof remotePlace>) {
  const place = await remotePlace(...options)
  t.after(() => place.destroy())
  return place
}

export function portOf(kind: Kind): number {
  if (kind === 'SFTP') return Number(sshdUrl.port)
  if (kind === 'FTP') return Number(vsftpdUrl.port)
  return Number(parameter(vsftpdUrl, encryptions[kind] ?? ''))
}

/** For proxies of FTP, which take all ports of the server: an address that those of other test files do not have. */
export const proxyHost = await ownProxyHost()

async function ownProxyHost(): Promise<string> {
  for (const host of proxyHosts) if (await hold(20_000, host)) return host
  throw new Error('other processes have all addresses for proxies')
}

function proxyFor(kind: Kind): Promise<TcpProxy> {
  if (kind === 'SFTP') return startTcpProxy(portOf(kind))
  const first = Number(parameter(vsftpdUrl, 'data'))
  const data = Array.from({ length: 40 }, (_, n) => first + n)
  return startTcpProxy(portOf(kind), { host: proxyHost, data })
}

function connectorFor(
  kind: Kind,
  disk: string,
  proxyPort: number | undefined,
  options: Partial<SftpOptions & FtpOptions>,
): Connector<FilesChannels> {
  if (kind === 'a local folder') return files({ folder: disk })
  const port = proxyPort ?? portOf(kind)
  if (kind === 'SFTP')
    return sftp({
      url: `sftp://127.0.0.1:${port}${disk}`,
      user: sshdUrl.username,
      key: secret('KEY'),
      hostKey: parameter(sshdUrl, 'host'),
      ...patientAnswers,
      ...options,
    })
  const host = proxyPort === undefined ? '127.0.0.1' : proxyHost
  const encryption = encryptions[kind]
  return ftp({
    url: `ftp://${host}:${port}/${disk.split('/').at(-1)}`,
    user: vsftpdUrl.username,
    password: secret('PASSWORD'),
    encryption,
    ...(encryption !== 'none' && { tls: { ca: secret('CA') } }),
    ...patientAnswers,
    ...options,
  })
}

export function connectTo(shop: System, over: Parameters<typeof connectContext>[0] = {}) {
  return shop.connector.connect(connectContext({ system: shop.name, settings, ...over }))
}
