import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export interface ConsoleFile {
  readonly contentType: string
  readonly etag: string
  /** Its name says what it holds, so that it never changes. */
  readonly isImmutable: boolean
  /** By content encoding; `identity` is always there. */
  readonly bodies: Readonly<Partial<Record<'br' | 'gzip' | 'identity', Buffer>>>
}

/** In a checkout, where `npm run build --workspace console` puts it, and in the published package. */
const folders = ['../../../console/dist', '../../console'].map(path =>
  fileURLToPath(new URL(path, import.meta.url)),
)

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json; charset=utf-8',
}

/**
 * The files of the console by their address, compressed once, when they are first asked for; undefined where it has not
 * been built.
 */
export class ConsoleFiles {
  readonly #paths: ReadonlyMap<string, string>
  readonly #files = new Map<string, ConsoleFile>()

  constructor() {
    const folder = folders.find(path => existsSync(join(path, 'index.html')))
    const names = folder ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : []
    this.#paths = new Map(
      names
        .filter(name => contentTypes[extension(name)] !== undefined)
        .map(name => [`/${name.replaceAll(sep, '/')}`, join(folder as string, name)]),
    )
  }

  /** The file at an address; the page itself at every address of a place (`/prod/messages`). */
  at(address: string): ConsoleFile | undefined {
    const path = this.#paths.has(address) ? address : isPlace(address) ? '/index.html' : undefined
    const file = path && this.#paths.get(path)
    if (!path || !file) return undefined
    const known = this.#files.get(path) ?? read(path, file)
    this.#files.set(path, known)
    return known
  }
}

/** Names in an address of a place may hold dots, as times do (`/prod/pipelines/night/2026-05-01T00:00:00.000Z`). */
function isPlace(address: string): boolean {
  const [, first = '', ...rest] = address.split('/')
  return !['api', 'assets'].includes(first) && (rest.length > 1 || !/\.\w+$/.test(address))
}

function read(path: string, file: string): ConsoleFile {
  const identity = readFileSync(file)
  const digest = createHash('sha256').update(identity).digest('base64url').slice(0, 22)
  return {
    contentType: contentTypes[extension(file)] as string,
    etag: `"${digest}"`,
    isImmutable: path.startsWith('/assets/'),
    bodies: {
      identity,
      br: brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
      gzip: gzipSync(identity, { level: 9 }),
    },
  }
}

function extension(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** Nothing but our own files and our own API; nothing written into the page is run. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Answers with the console at every address that is not one of the API. Anybody may load it: it holds no data. */
export function serveConsole(app: FastifyInstance): void {
  const files = new ConsoleFiles()
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404 || (request.method !== 'GET' && request.method !== 'HEAD')) return
    const file = files.at(new URL(request.url, 'http://console').pathname)
    if (file) return send(file, request, reply)
  })
}

function send(file: ConsoleFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { contentType, etag, isImmutable, bodies } = file
  reply.headers({
    etag,
    vary: 'accept-encoding',
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
  if (request.headers['if-none-match'] === etag) return reply.status(304).send()
  const accepted = String(request.headers['accept-encoding'] ?? '')
  const encoding = (['br', 'gzip'] as const).find(each => new RegExp(`\\b${each}\\b`).test(accepted))
  if (encoding) reply.header('content-encoding', encoding)
  return reply.type(contentType).send(bodies[encoding ?? 'identity'])
}
