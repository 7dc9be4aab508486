import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Client } from 'basic-ftp'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import { parseDuration } from '../../../system/duration.ts'
import { allowedAddress, guardedLookup } from '../../http/address-guard.ts'
import { certificatesOf } from '../../http/tls.ts'
import type { FtpOptions } from '../config.ts'
import type { DriveAccess } from '../drive.ts'
import { Copies } from '../remote/copied-file.ts'
import { type Location, locationOf } from '../remote/location.ts'
import { RemoteAccess } from '../remote/remote-drive.ts'
import { loadBasicFtp } from './driver.ts'
import { FtpDrive } from './ftp-drive.ts'

/** Throws CONFIG-... for what cannot be used; connects to nothing yet. */
export function ftpAccess(options: FtpOptions, context: ConnectContext): DriveAccess {
  const { encryption = 'explicit', url, tls, password } = options
  const location = locationOf(url, 'ftp', encryption === 'implicit' ? 990 : 21, context)
  const login: Login = {
    location,
    encryption,
    user: context.resolve(options.user),
    password: context.resolve(password),
    tls: certificatesOf(tls, context.system, context.resolve),
    names: options.names ?? 'utf-8',
    connectTimeout: parseDuration(options.connectTimeout ?? '10s'),
    timeout: parseDuration(options.timeout ?? '30s'),
  }
  const copies = new Copies()
  const open = (signal: AbortSignal) => openDrive(login, copies, context, signal)
  return new RemoteAccess(open, context.turn, () => copies.close())
}

interface Login extends Required<Pick<FtpOptions, 'encryption' | 'names'>> {
  readonly location: Location
  readonly encryption: 'explicit' | 'implicit' | 'none'
  readonly user: string
  readonly password: string
  readonly tls: ConnectionOptions
  readonly connectTimeout: number
  readonly timeout: number
}

async function openDrive(
  login: Login,
  copies: Copies,
  context: ConnectContext,
  signal: AbortSignal,
): Promise<FtpDrive> {
  const { Client } = await loadBasicFtp()
  // Data connections to other hosts than the server are refused by default.
  const client = new Client(login.timeout)
  // Bytes as they are; names are read and written by us.
  client.ftp.encoding = 'latin1'
  const cut = () => client.close()
  const late = setTimeout(cut, login.connectTimeout)
  signal.addEventListener('abort', cut)
  try {
    signal.throwIfAborted()
    await enter(client, login, context)
    return await FtpDrive.at(login.location.folder, client, login.names ?? 'utf-8', copies)
  } catch (error) {
    client.close()
    throw signal.aborted ? signal.reason : failureOf(error, context.system)
  } finally {
    clearTimeout(late)
    signal.removeEventListener('abort', cut)
  }
}

/** The user is named only when the connection is as encrypted as it should be. */
async function enter(client: Client, login: Login, context: ConnectContext): Promise<void> {
  const { location, encryption, user, password } = login
  const { host, port } = location
  const address = await allowedAddress(host, context)
  const tls = {
    ...login.tls,
    host,
    ...(isIP(host) === 0 && { servername: host }),
    rejectUnauthorized: true,
    lookup: guardedLookup(context),
  }
  if (encryption === 'implicit') await client.connectImplicitTLS(host, port, tls)
  else await client.connect(address, port)
  if (encryption === 'explicit') await client.useTLS(tls).catch(refuseUnencrypted)
  if (login.names === 'utf-8') await client.sendIgnoringError('OPTS UTF8 ON')
  await client.login(latin1(user), latin1(password))
  await client.useDefaultSettings()
}

function refuseUnencrypted(error: unknown): never {
  throw new Error(`it does not take up encryption: ${reasonOf(error)}`, { cause: error })
}

/** What the driver writes as Latin-1 is UTF-8 then. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function failureOf(error: unknown, system: string): unknown {
  if (error instanceof IsthmusError) return error
  const isLogin = (error as { code?: unknown }).code === 530
  const code = isLogin ? 'TARGET-CREDENTIALS' : 'TARGET-UNAVAILABLE'
  const what = isLogin ? 'does not let the user in' : 'cannot be reached'
  return new IsthmusError(code, `The FTP server of ${system} ${what}: ${reasonOf(error)}`, { cause: error })
}
