import { Readable, Writable } from 'node:stream'
import type { Client, FTPResponse } from 'basic-ftp'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import { encodeText } from '../../../message/codec/encode-text.ts'
import { decodeExactly, type Encoding } from '../../../message/codec/encoding.ts'
import type { Found, Listed, Naming, OpenFile, Stamp } from '../drive.ts'
import { isPlainName, joined } from '../folders.ts'
import type { Copies } from '../remote/copied-file.ts'
import { DriveError, type RemoteDrive } from '../remote/remote-drive.ts'

/** A folder of an FTP server. Its one connection does one thing at a time, in the order in which they are asked for. */
export class FtpDrive implements RemoteDrive {
  /** Most servers tell whole seconds. */
  readonly exactTimes = false
  readonly #client: Client
  readonly #base: string
  readonly #names: Encoding
  readonly #copies: Copies
  readonly #made = new Set<string>()
  #last: Promise<unknown> = Promise.resolve()

  /** Throws CONFIG-INVALID if there is no such folder, and TARGET-CONTRACT if the server lacks what is needed. */
  static async at(folder: string, client: Client, names: Encoding, copies: Copies): Promise<FtpDrive> {
    const features = await client.features()
    const missing = ['SIZE', 'MDTM'].filter(name => !features.has(name))
    if (missing.length > 0)
      throw new IsthmusError('TARGET-CONTRACT', `The FTP server does not know ${missing.join(' and ')}.`, {
        fate: 'pause',
      })
    const start = decodeExactly(Buffer.from(await client.pwd(), 'latin1'), names) ?? '/'
    const base = folder.startsWith('/') ? folder : `${start.replace(/\/$/, '')}/${folder}`
    const drive = new FtpDrive(client, base.replace(/\/$/, ''), names, copies)
    if ((await drive.find(''))?.kind === 'folder') return drive
    throw new IsthmusError('CONFIG-INVALID', `The server has no folder ${base}. Make it, or mend the url.`)
  }

  private constructor(client: Client, base: string, names: Encoding, copies: Copies) {
    this.#client = client
    this.#base = base
    this.#names = names
    this.#copies = copies
  }

  get isBroken(): boolean {
    return this.#client.closed
  }

  /** Names that the encoding cannot say are left out: they could not be asked for. */
  list(folder: string): Promise<Listed[]> {
    return this.#inTurn(async () => {
      await this.#client.send(`CWD ${this.#at(folder) || '/'}`)
      const entries = await this.#client.list()
      return entries.flatMap(({ name, isFile, isDirectory }) => {
        const text = decodeExactly(Buffer.from(name, 'latin1'), this.#names)
        if (text === undefined || !isPlainName(text)) return []
        return [{ name: text, kind: isFile ? 'file' : isDirectory ? 'folder' : 'other' }] as const
      })
    })
  }

  find(path: string): Promise<Found | undefined> {
    return this.#inTurn(() => this.#find(path))
  }

  open(path: string): Promise<OpenFile> {
    return this.#copies.open(path, this)
  }

  async folder(path: string): Promise<void> {
    let at = ''
    for (const name of path.split('/').filter(Boolean)) {
      at = joined(at, name)
      if (!this.#made.has(at)) await this.#inTurn(() => this.#make(at))
      this.#made.add(at)
    }
  }

  /** The protocol confirms that the bytes came, not that they are on the disk. */
  put(path: string, bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      if (await this.#size(path)) throw new DriveError('EEXIST', `${path} is there already`)
      const content = Readable.from([bytes], { objectMode: false }).on('error', told)
      await this.#client.uploadFrom(content, this.#at(path))
      const size = await this.#size(path)
      if (!size?.endsWith(` ${bytes.length}`))
        throw new DriveError('ECONNRESET', `the server says "${size}" of ${bytes.length} bytes`)
    })
  }

  /** Servers replace what has the new name, so it is looked for: somebody else may take it just then. */
  move(from: string, to: string, naming: Naming): Promise<boolean> {
    return this.#inTurn(async () => {
      if (naming !== 'own' && (await this.#find(to))) return false
      try {
        await this.#client.send(`RNFR ${this.#at(from)}`)
        await this.#client.send(`RNTO ${this.#at(to)}`)
        return true
      } catch (error) {
        if (isRefusal(error) && naming === 'own' && !(await this.#find(from))) return false
        throw error
      }
    })
  }

  remove(path: string, kind: 'file' | 'folder'): Promise<void> {
    this.#made.delete(path)
    return this.#inTurn(async () => {
      try {
        await this.#client.send(`${kind === 'file' ? 'DELE' : 'RMD'} ${this.#at(path)}`)
      } catch (error) {
        if (!isRefusal(error) || (await this.#find(path))) throw error
      }
    })
  }

  async sync(): Promise<void> {}

  close(): void {
    this.#client.close()
  }

  async #find(path: string): Promise<Found | undefined> {
    const size = await this.#size(path)
    if (size === undefined) {
      const entered = await this.#answer(`CWD ${this.#at(path) || '/'}`)
      return entered && { kind: 'folder' }
    }
    const changed = await this.#answer(`MDTM ${this.#at(path)}`)
    return changed && { kind: 'file', stamp: stampIn(size, changed.message) }
  }

  /** `213 17`; undefined where there is no file. */
  async #size(path: string): Promise<string | undefined> {
    return (await this.#answer(`SIZE ${this.#at(path)}`))?.message.trimEnd()
  }

  async #make(path: string): Promise<void> {
    if (await this.#answer(`MKD ${this.#at(path)}`)) return
    if ((await this.#find(path))?.kind === 'folder') return
    throw new DriveError('EREMOTE', `the server does not make the folder ${path}`)
  }

  fetch(path: string, at: number, take: (chunk: Uint8Array) => Promise<void>): Promise<void> {
    let taking: Promise<void> = Promise.resolve()
    const target = new Writable({
      highWaterMark: 2 ** 20,
      write(chunk, _encoding, done) {
        taking = take(chunk).then(() => done(), done)
      },
    }).on('error', told)
    return this.#inTurn(async () => {
      try {
        await this.#client.downloadTo(target, this.#at(path), at)
      } finally {
        // After a failure the driver would go on with what the stream still holds.
        target.destroy()
        await taking
      }
    })
  }

  /** Undefined if the server says that there is no such thing, or that we may not have it. */
  async #answer(command: string): Promise<FTPResponse | undefined> {
    try {
      return await this.#client.send(command)
    } catch (error) {
      if (isRefusal(error)) return undefined
      throw error
    }
  }

  /** As the driver writes it. */
  #at(path: string): string {
    const whole = path === '' ? this.#base : `${this.#base}/${path}`
    return Buffer.from(encodeText(whole, this.#names)).toString('latin1')
  }

  /** Rejects with a DriveError. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work).catch(error => {
      throw failureOf(error)
    })
    this.#last = result.catch(() => {})
    return result
  }
}

/** What goes wrong with a stream shows in the transfer; after its end nobody else would listen. */
function told(): void {}

/** Source: RFC 3659, 2.3 and 4. */
function stampIn(size: string, changed: string): Stamp {
  const [, bytes] = /^213[ -](\d+)/.exec(size) ?? []
  const [, y, mo, d, h, mi, s, fraction = ''] =
    /^213[ -](\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,9}))?/.exec(changed) ?? []
  const seconds = Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s)) / 1000
  if (bytes === undefined || Number.isNaN(seconds))
    throw new DriveError(
      'EREMOTE',
      `the server answers "${size}" and "${changed}" for size and time of a file`,
    )
  const mtimeNs = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'))
  return { size: BigInt(bytes), mtimeNs }
}

/** 550 is all that servers say of a file that is not there, and of one that we may not touch. Source: RFC 959, 4.2. */
function isRefusal(error: unknown): boolean {
  return [450, 550, 553].includes((error as { code?: unknown }).code as number)
}

function failureOf(error: unknown): unknown {
  if (error instanceof DriveError || error instanceof IsthmusError) return error
  const { code } = error as { code?: unknown }
  return new DriveError(
    typeof code === 'number' ? (codes[code] ?? 'EREMOTE') : 'ECONNRESET',
    reasonOf(error),
    error,
  )
}

/** Of the answers that say no, those after which something may have happened, and those that are about our rights. */
const codes: Readonly<Record<number, string>> = {
  421: 'ECONNRESET',
  425: 'ECONNRESET',
  426: 'ECONNRESET',
  451: 'ECONNRESET',
  530: 'EACCES',
  532: 'EACCES',
}
