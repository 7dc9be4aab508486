import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Client, ConnectConfig, SFTPWrapper } from 'ssh2'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { ConnectContext } from '../../../system/connector.ts'
import { parseDuration } from '../../../system/duration.ts'
import { allowedAddress } from '../../http/address-guard.ts'
import type { SftpOptions } from '../config.ts'
import type { DriveAccess } from '../drive.ts'
import { Copies } from '../remote/copied-file.ts'
import { type Location, locationOf } from '../remote/location.ts'
import { RemoteAccess } from '../remote/remote-drive.ts'
import { loadSsh2 } from './driver.ts'
import { fingerprint, kindOf, knownKeys } from './host-key.ts'
import { SftpDrive } from './sftp-drive.ts'

/** Throws CONFIG-... for what cannot be used; connects to nothing yet. */
export function sftpAccess(options: SftpOptions, context: ConnectContext): DriveAccess {
  const location = locationOf(options.url, 'sftp', 22, context)
  const config = loginOf(options, context)
  const copies = new Copies()
  const open = (signal: AbortSignal) => openDrive(location, config, copies, context, signal)
  return new RemoteAccess(open, context.turn, () => copies.close())
}

function loginOf(options: SftpOptions, { system, resolve }: ConnectContext): ConnectConfig {
  const { user, password, key, passphrase, hostKey, connectTimeout = '10s', timeout = '30s' } = options
  if (password === undefined && key === undefined)
    throw new IsthmusError('CONFIG-INVALID', `System ${system} needs a key or a password.`)
  const known = knownKeys(resolve(hostKey), system)
  return {
    username: resolve(user),
    ...(password !== undefined && { password: resolve(password), tryKeyboard: false }),
    ...(key !== undefined && { privateKey: resolve(key) }),
    ...(passphrase !== undefined && { passphrase: resolve(passphrase) }),
    ...(known.kinds && { algorithms: { serverHostKey: known.kinds as [] } }),
    hostVerifier: (shown: Buffer) => {
      if (known.has(shown)) return true
      throw new IsthmusError(
        'TARGET-CREDENTIALS',
        `The server of system ${system} shows the ${kindOf(shown)} key ${fingerprint(shown)}, which is not ` +
          'the "hostKey". Ask its operator whether that is right; somebody else may answer in its place.',
      )
    },
    readyTimeout: parseDuration(connectTimeout),
    keepaliveInterval: Math.ceil(parseDuration(timeout) / 3),
    keepaliveCountMax: 2,
  }
}

async function openDrive(
  location: Location,
  config: ConnectConfig,
  copies: Copies,
  context: ConnectContext,
  signal: AbortSignal,
): Promise<SftpDrive> {
  const { Client } = await loadSsh2()
  const client = new Client()
  let socket: Socket | undefined
  // The client does not end a connection that it has refused to take.
  const cut = () => {
    client.destroy()
    socket?.destroy()
  }
  signal.addEventListener('abort', cut)
  try {
    signal.throwIfAborted()
    socket = await socketTo(location, config.readyTimeout ?? 0, context, signal)
    const sftp = await login(client, { ...config, sock: socket })
    return await SftpDrive.at(location.folder, client, sftp, copies)
  } catch (error) {
    cut()
    throw signal.aborted ? signal.reason : failureOf(error, context.system)
  } finally {
    signal.removeEventListener('abort', cut)
  }
}

async function socketTo(
  { host, port }: Location,
  timeout: number,
  context: ConnectContext,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = connect({ host: await allowedAddress(host, context), port, noDelay: true, keepAlive: true })
  try {
    await once(socket, 'connect', { signal: AbortSignal.any([signal, AbortSignal.timeout(timeout)]) })
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function login(client: Client, config: ConnectConfig): Promise<SFTPWrapper> {
  const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>()
  // Later errors show at the drive, as its end.
  client.on('error', reject)
  client.on('close', () => reject(new Error('the server closed the connection')))
  client.on('ready', () => {
    client.sftp((error, sftp) => {
      if (error) reject(error)
      else resolve(sftp)
    })
  })
  try {
    client.connect(config)
  } catch (error) {
    const text = `The key of the user cannot be used: ${reasonOf(error)}`
    reject(new IsthmusError('CONFIG-INVALID', text))
  }
  return promise
}

function failureOf(error: unknown, system: string): unknown {
  if (error instanceof IsthmusError) return error
  const isLogin = (error as { level?: unknown }).level === 'client-authentication'
  const code = isLogin ? 'TARGET-CREDENTIALS' : 'TARGET-UNAVAILABLE'
  const what = isLogin ? 'does not let the user in' : 'cannot be reached'
  return new IsthmusError(code, `The SFTP server of ${system} ${what}: ${reasonOf(error)}`, { cause: error })
}
