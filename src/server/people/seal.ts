import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../../errors.ts'

/**
 * Keeps what the store must hold but must not tell: AES-256-GCM, bound to a place by `about`. The key is given by
 * ISTHMUS_PEOPLE_KEY, which all members of a store share, or is a file of the data directory (0600), so that a copy of a
 * database alone opens nothing.
 */
export class Seal {
  readonly #key: Buffer

  constructor(key: Uint8Array) {
    this.#key = Buffer.from(key)
  }

  seal(text: string, about: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#derived('seal'), iv).setAAD(Buffer.from(about))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url')
  }

  /** Undefined for what was not sealed here, about this. */
  open(sealed: string, about: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < 28) return undefined
    const decipher = createDecipheriv('aes-256-gcm', this.#derived('seal'), bytes.subarray(0, 12))
    decipher.setAAD(Buffer.from(about)).setAuthTag(bytes.subarray(12, 28))
    try {
      return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8')
    } catch {
      return undefined
    }
  }

  mac(text: string): string {
    return createHmac('sha256', this.#derived('mac')).update(text).digest('base64url')
  }

  #derived(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#key, '', `isthmus ${purpose}`, 32))
  }
}

/** `given`: 32 bytes in base64; else a file that is made at the first start. Throws CONFIG-INVALID. */
export function openSeal(data: string, given?: string): Seal {
  if (given === undefined || given === '') return sealInFile(data)
  const key = Buffer.from(given.trim(), 'base64')
  if (key.length === 32) return new Seal(key)
  const text = 'ISTHMUS_PEOPLE_KEY must be 32 bytes in base64: openssl rand -base64 32 makes one.'
  throw new IsthmusError('CONFIG-INVALID', text)
}

function sealInFile(data: string): Seal {
  const path = join(data, 'people.key')
  if (!existsSync(path)) {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    writeFileSync(path, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' })
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64url')
  if (key.length === 32) return new Seal(key)
  const lost = 'without it accounts need new second factors'
  throw new IsthmusError('CONFIG-INVALID', `${path} is damaged: bring it back, or remove it (${lost}).`)
}
