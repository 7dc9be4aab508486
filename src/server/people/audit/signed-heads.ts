import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { IsthmusError, reasonOf } from '../../../errors.ts'
import type { Log } from '../../../observe/log.ts'
import type { ChainEnd } from './audit-log.ts'

/** Where the chain of a node stood at a moment, signed by the node. One line of a file, or one POST. */
export interface SignedHead extends ChainEnd {
  readonly node: string
  readonly at: number
  /** Ed25519 over `node no hash at`, in base64url. */
  readonly signature: string
}

export interface NodeKey {
  readonly node: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** Ed25519; made at the first start. The public half lies beside it, for whoever verifies. */
export function openNodeKey(data: string): NodeKey {
  const path = join(data, 'audit-key.pem')
  if (!existsSync(path)) {
    mkdirSync(data, { recursive: true, mode: 0o700 })
    const { privateKey } = generateKeyPairSync('ed25519')
    writeFileSync(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  }
  let privateKey: KeyObject
  try {
    privateKey = createPrivateKey(readFileSync(path))
  } catch (cause) {
    throw new IsthmusError('CONFIG-INVALID', `${path} is damaged: bring it back.`, { cause })
  }
  const publicKey = createPublicKey(privateKey)
  writeFileSync(publicKeyPath(data), publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 })
  return { node: nodeOf(publicKey), privateKey, publicKey }
}

export function publicKeyPath(data: string): string {
  return join(data, 'audit-key.pub.pem')
}

/** A node is named by its key. */
export function nodeOf(publicKey: KeyObject): string {
  return hash('sha256', publicKey.export({ type: 'spki', format: 'der' }), 'hex').slice(0, 16)
}

export function signedHead({ node, privateKey }: NodeKey, { no, hash }: ChainEnd, at: number): SignedHead {
  const signature = sign(undefined, signedText({ node, no, hash, at }), privateKey).toString('base64url')
  return { node, no, hash, at, signature }
}

export function isSignedBy(publicKey: KeyObject, head: SignedHead): boolean {
  return verify(undefined, signedText(head), publicKey, Buffer.from(head.signature, 'base64url'))
}

function signedText({ node, no, hash, at }: Omit<SignedHead, 'signature'>): Buffer {
  return Buffer.from(`${node} ${no} ${hash} ${at}`)
}

/**
 * Tells the signed end of the chain every minute in which it grew, and at the end, to a place outside: a file to which
 * lines are appended, or a URL to which they are posted. What was told there cannot be taken back here.
 */
export class HeadTeller {
  readonly #options: { key: NodeKey; to: string; end: () => ChainEnd; log: Log }
  readonly #timer: NodeJS.Timeout
  #told = 0

  constructor(options: { key: NodeKey; to: string; end: () => ChainEnd; log: Log }, every = 60_000) {
    this.#options = options
    this.#timer = setInterval(() => void this.tell(), every).unref()
  }

  async tell(): Promise<void> {
    const { key, to, end, log } = this.#options
    const head = end()
    if (head.no === this.#told) return
    try {
      await tellTo(to, signedHead(key, head, Date.now()))
      this.#told = head.no
    } catch (error) {
      log({ level: 'error', event: 'audit', text: `its head cannot be told to ${to}: ${reasonOf(error)}` })
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.tell()
  }
}

async function tellTo(to: string, head: SignedHead): Promise<void> {
  const line = JSON.stringify(head)
  if (!/^https?:\/\//.test(to)) return appendFileSync(to, `${line}\n`, { mode: 0o600 })
  const headers = { 'content-type': 'application/json' }
  const limits = { headersTimeout: 5_000, bodyTimeout: 5_000 }
  const { statusCode, body } = await request(to, { method: 'POST', headers, body: line, ...limits })
  await body.dump()
  if (statusCode >= 300) throw new Error(`it answered ${statusCode}`)
}
