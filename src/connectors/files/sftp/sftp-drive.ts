import type { Attributes, Client, SFTPWrapper, Stats } from 'ssh2'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { Found, Listed, Naming, OpenFile, Stamp } from '../drive.ts'
import { isGone, isPlainName, joined } from '../folders.ts'
import type { Copies } from '../remote/copied-file.ts'
import { DriveError, type RemoteDrive } from '../remote/remote-drive.ts'
import { readAhead } from './read-ahead.ts'

type Callback<T> = (error: Error | undefined | null, result?: T) => void

/** A folder of a server that speaks SFTP 3. Calls may overlap. */
export class SftpDrive implements RemoteDrive {
  /** The protocol has whole seconds. */
  readonly exactTimes = false
  isBroken = false
  readonly #client: Client
  readonly #sftp: SFTPWrapper
  readonly #base: string
  readonly #copies: Copies
  readonly #pending = new Set<(error: DriveError) => void>()
  readonly #made = new Set<string>()

  /** Throws CONFIG-INVALID if there is no such folder. */
  static async at(folder: string, client: Client, sftp: SFTPWrapper, copies: Copies): Promise<SftpDrive> {
    const drive = new SftpDrive(client, sftp, '', copies)
    const base = await drive
      .#ask<string>(done => sftp.realpath(folder || '.', done))
      .catch(error => {
        if (drive.isBroken) throw error
      })
    const found = base ? await drive.#stats(base, 'stat') : undefined
    if (base && found?.isDirectory()) return new SftpDrive(client, sftp, base, copies)
    throw new IsthmusError('CONFIG-INVALID', `The server has no folder ${folder}. Make it, or mend the url.`)
  }

  private constructor(client: Client, sftp: SFTPWrapper, base: string, copies: Copies) {
    this.#client = client
    this.#sftp = sftp
    this.#base = base
    this.#copies = copies
    client.on('close', () => this.close())
    sftp.on('close', () => this.close())
    sftp.on('error', () => this.close())
  }

  async list(folder: string): Promise<Listed[]> {
    const entries = await this.#ask<{ filename: string; attrs: Attributes }[]>(done =>
      this.#sftp.readdir(this.#at(folder), done as never),
    )
    return entries
      .filter(({ filename }) => isPlainName(filename))
      .map(({ filename, attrs }) => ({ name: filename, ...foundOf(attrs as Stats) }))
  }

  async find(path: string): Promise<Found | undefined> {
    const stats = await this.#stats(this.#at(path), 'lstat')
    return stats && foundOf(stats)
  }

  open(path: string): Promise<OpenFile> {
    return this.#copies.open(path, this)
  }

  async folder(path: string): Promise<void> {
    let at = ''
    for (const name of path.split('/').filter(Boolean)) {
      at = joined(at, name)
      if (this.#made.has(at)) continue
      await this.#ask(done => this.#sftp.mkdir(this.#at(at), done)).catch(async error => {
        const found = this.isBroken ? undefined : await this.find(at)
        if (found === undefined) throw error
        if (found.kind !== 'folder') throw noFolder(at)
      })
      this.#made.add(at)
    }
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const handle = await this.#opened(path, 'wx')
    try {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      for (let at = 0; at < buffer.length; at += packets * packet) {
        const end = Math.min(at + packets * packet, buffer.length)
        const parts = Array.from({ length: Math.ceil((end - at) / packet) }, (_, n) => at + n * packet)
        await Promise.all(
          parts.map(from => {
            const length = Math.min(packet, end - from)
            return this.#ask(done => this.#sftp.write(handle, buffer, from, length, from, done))
          }),
        )
      }
      if (this.#offers('fsync@openssh.com')) await this.#ask(done => fsync(this.#sftp, handle, done))
    } finally {
      await this.#ask(done => this.#sftp.close(handle, done))
    }
  }

  /** The rename of SFTP 3 never replaces; that of OpenSSH may, but moves in one step. */
  async move(from: string, to: string, naming: Naming): Promise<boolean> {
    const isOneStep = naming === 'own' && this.#offers('posix-rename@openssh.com')
    const paths = [this.#at(from), this.#at(to)] as const
    try {
      await this.#ask(done =>
        isOneStep ? this.#sftp.ext_openssh_rename(...paths, done) : this.#sftp.rename(...paths, done),
      )
      return true
    } catch (error) {
      if (this.isBroken) throw error
      const isLost = naming === 'own' ? isGone(error) && !(await this.find(from)) : await this.find(to)
      if (isLost) return false
      throw error
    }
  }

  async remove(path: string, kind: 'file' | 'folder'): Promise<void> {
    this.#made.delete(path)
    try {
      await this.#ask(done =>
        kind === 'file' ? this.#sftp.unlink(this.#at(path), done) : this.#sftp.rmdir(this.#at(path), done),
      )
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }

  /** The protocol has nothing for it. */
  async sync(): Promise<void> {}

  close(): void {
    this.isBroken = true
    for (const reject of this.#pending) reject(new DriveError('ECONNRESET', 'the connection was lost'))
    this.#pending.clear()
    this.#client.destroy()
  }

  async fetch(path: string, at: number, take: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    const handle = await this.#opened(path, 'r')
    const read = (from: number) =>
      this.#ask<Buffer>(done => {
        const chunk = Buffer.allocUnsafeSlow(packet)
        this.#sftp.read(handle, chunk, 0, packet, from, (error, length) =>
          done(error, chunk.subarray(0, length ?? 0)),
        )
      })
    try {
      await readAhead(read, at, packet, packets, take)
    } finally {
      if (!this.isBroken) await this.#ask(done => this.#sftp.close(handle, done))
    }
  }

  #opened(path: string, mode: 'r' | 'wx'): Promise<Buffer> {
    return this.#ask<Buffer>(done => this.#sftp.open(this.#at(path), mode, done as never))
  }

  async #stats(path: string, how: 'stat' | 'lstat'): Promise<Stats | undefined> {
    try {
      return await this.#ask<Stats>(done => this.#sftp[how](path, done as never))
    } catch (error) {
      if (isGone(error)) return undefined
      throw error
    }
  }

  #at(path: string): string {
    return path === '' ? this.#base : `${this.#base.replace(/\/$/, '')}/${path}`
  }

  #offers(extension: string): boolean {
    const { _extensions: known } = this.#sftp as unknown as { _extensions?: Record<string, string> }
    return known?.[extension] === '1'
  }

  /** Rejects with a DriveError, at the latest when the connection ends. */
  #ask<T = void>(request: (done: Callback<T>) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.isBroken) return reject(new DriveError('ECONNRESET', 'the connection was lost'))
      this.#pending.add(reject)
      request((error, result) => {
        this.#pending.delete(reject)
        if (error) reject(failureOf(error))
        else resolve(result as T)
      })
    })
  }
}

/** Bytes of one request, and requests under way at a time. OpenSSH takes up to 256 KiB, others no more than this. */
const packet = 32 * 1024
const packets = 32

function noFolder(path: string): IsthmusError {
  return new IsthmusError(
    'CONFIG-INVALID',
    `${path} on the server must be a folder, and not a link to one. Move it away.`,
  )
}

function fsync(sftp: SFTPWrapper, handle: Buffer, done: Callback<void>): void {
  const { ext_openssh_fsync: request } = sftp as unknown as {
    ext_openssh_fsync(handle: Buffer, done: Callback<void>): void
  }
  request.call(sftp, handle, done)
}

function foundOf(stats: Stats): Found {
  const type = stats.mode & 0o170000
  if (type === 0o040000) return { kind: 'folder' }
  return type === 0o100000 ? { kind: 'file', stamp: stampOf(stats) } : { kind: 'other' }
}

function stampOf({ size, mtime }: Stats): Stamp {
  return { size: BigInt(size), mtimeNs: BigInt(mtime) * 1_000_000_000n }
}

/** By status of the protocol. Source: draft-ietf-secsh-filexfer-02, 7. */
const codes: Readonly<Record<number, string>> = {
  2: 'ENOENT',
  3: 'EACCES',
  4: 'EREMOTE',
  5: 'EREMOTE',
  8: 'EREMOTE',
}

/** What is no answer means that there will be none. */
function failureOf(error: Error): DriveError {
  const status = (error as { code?: unknown }).code
  const code = typeof status === 'number' ? codes[status] : undefined
  return new DriveError(code ?? 'ECONNRESET', reasonOf(error), error)
}
