import { readFile, realpath } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { request } from 'undici'
import { IsthmusError, reasonOf } from '../errors.ts'
import type { ContractDocument } from './contract.ts'

/** Of a document, and of all that it names together. */
const mostBytes = 64 * 2 ** 20
const mostDocuments = 1_000
/** Milliseconds for one document. */
const longest = 120_000

/**
 * Opens the document at a path or an http(s) URL. What it names, directly or not, is loaded from the same folder or
 * below it, or from the same origin, and from nowhere else; each document once. A file that lies in `within` may name
 * what lies anywhere in that folder.
 */
export async function openDocument(location: string, within?: string): Promise<ContractDocument> {
  return /^https?:/i.test(location) ? openUrl(urlOf(location)) : openFile(location, within)
}

interface Opened {
  readonly documents: Map<string, Promise<Uint8Array>>
  bytes: number
}

/** `fetch` reads the document at `place`; a place that was read before is not read again. */
async function once(opened: Opened, place: string, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const known = opened.documents.get(place)
  if (known) return known
  if (opened.documents.size >= mostDocuments) throw refused(place, `more than ${mostDocuments} documents`)
  const body = fetch()
  opened.documents.set(place, body)
  opened.bytes += (await body).length
  if (opened.bytes > mostBytes) throw refused(place, `more than ${mostBytes} bytes in all`)
  return body
}

async function openFile(path: string, within?: string): Promise<ContractDocument> {
  const opened: Opened = { documents: new Map(), bytes: 0 }
  const first = await realpath(resolve(path)).catch(cause => {
    throw missing(path, reasonOf(cause))
  })
  const wider = within === undefined ? undefined : await realpath(within).catch(() => undefined)
  const root = wider !== undefined && first.startsWith(wider + sep) ? wider : dirname(first)
  const open = async (place: string, from: string): Promise<ContractDocument> => {
    const real = await realpath(place).catch(cause => {
      throw missing(place, `${from} names it: ${reasonOf(cause)}`)
    })
    if (real !== root && !real.startsWith(root + sep))
      throw refused(place, `${from} names it, and it lies outside of ${root}`)
    const body = await once(opened, real, () => readFile(real))
    const shown = relative(process.cwd(), real) || real
    return {
      location: shown,
      body,
      load: async reference => {
        if (/^[a-z][a-z0-9+.-]+:/i.test(reference) || reference.startsWith('//'))
          throw refused(reference, `${shown} names it, and it is on another host. Download it yourself`)
        return open(resolve(dirname(real), decoded(reference)), shown)
      },
    }
  }
  return open(first, path)
}

async function openUrl(first: URL): Promise<ContractDocument> {
  const opened: Opened = { documents: new Map(), bytes: 0 }
  const { username, password, origin } = first
  const headers: Record<string, string> =
    username === ''
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`,
        }
  const open = async (url: URL, from: string): Promise<ContractDocument> => {
    const place = url.origin + url.pathname + url.search
    if (url.origin !== origin) throw refused(place, `${from} names it, and it is on another host`)
    const body = await once(opened, place, () => download(place, headers))
    return { location: place, body, load: async reference => open(urlOf(reference, place), place) }
  }
  return open(first, 'you')
}

async function download(url: string, headers: Record<string, string>): Promise<Uint8Array> {
  try {
    const { statusCode, body } = await request(url, { headers, signal: AbortSignal.timeout(longest) })
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of body) {
      length += chunk.length
      if (length > mostBytes) throw refused(url, `it is longer than ${mostBytes} bytes`)
      chunks.push(chunk)
    }
    if (statusCode !== 200) throw missing(url, `the server answered ${statusCode}`)
    return Buffer.concat(chunks)
  } catch (cause) {
    throw cause instanceof IsthmusError ? cause : missing(url, reasonOf(cause))
  }
}

/** The text is not repeated where it is no URL, since it may hold a password. */
function urlOf(text: string, base?: string): URL {
  if (URL.canParse(text, base)) return new URL(text, base)
  throw missing(base === undefined ? 'The document' : `What ${base} names`, 'its address is no URL')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function missing(place: string, reason: string): IsthmusError {
  return new IsthmusError('CONTRACT-REFERENCE', `${place} cannot be loaded: ${reason}.`)
}

function refused(place: string, reason: string): IsthmusError {
  return new IsthmusError('CONTRACT-REFERENCE', `${place} is not loaded: ${reason}.`)
}

/** A document that is not what it is read as. `line` counts from 1. */
export function unreadable(location: string, reason: string, line?: number): IsthmusError {
  const place = line === undefined ? location : `${location}:${line}`
  return new IsthmusError('CONTRACT-UNREADABLE', `${place}: ${reason}`)
}
