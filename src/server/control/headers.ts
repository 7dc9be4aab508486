import type { FastifyReply } from 'fastify'
import { isSecure } from './wire.ts'

/** An answer of the API is data: no browser runs, frames, guesses, shares or keeps it. */
const always = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
} as const

/** Routes that serve something else have said so before. */
export function protect(reply: FastifyReply, url: string | undefined): void {
  for (const [name, value] of Object.entries(always)) if (!reply.hasHeader(name)) reply.header(name, value)
  if (isSecure(url)) reply.header('strict-transport-security', 'max-age=31536000')
}
