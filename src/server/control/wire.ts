import type { FastifyRequest } from 'fastify'
import type { Caller } from '../people/caller.ts'
import type { Entered } from '../people/logging-in.ts'
import { sessionTime } from '../people/sessions.ts'

/*
 * Cookies. Over https their names have the prefix `__Host-`: browsers take such a cookie from this host alone, over https alone.
 */

const names = { session: 'isthmus', device: 'isthmus-device', trip: 'isthmus-trip' } as const
type CookieName = keyof typeof names

/** Seconds. */
const deviceTime = 365 * 24 * 60 * 60
const tripTime = 10 * 60

/** Whether browsers come over https, as the configured address says. */
export function isSecure(url: string | undefined): boolean {
  return url?.startsWith('https:') === true
}

export function callerOf(request: FastifyRequest, url: string | undefined): Caller {
  const cookies = cookiesOf(request.headers.cookie)
  const value = (name: CookieName) => cookies.get(cookieName(name, isSecure(url)))
  const agent = request.headers['user-agent'] ?? ''
  return {
    address: request.ip,
    agent,
    session: value('session'),
    device: value('device'),
    trip: value('trip'),
  }
}

/** What a browser gets that has logged in. */
export function enteredCookies({ secret, device }: Entered, url: string | undefined): string[] {
  const secure = isSecure(url)
  return [
    cookie('session', secret, { secure, seconds: sessionTime / 1000, sameSite: 'Strict' }),
    cookie('device', device, { secure, seconds: deviceTime, sameSite: 'Strict' }),
    cookie('trip', '', { secure, seconds: 0, sameSite: 'Lax' }),
  ]
}

export function leftCookies(url: string | undefined): string[] {
  return [cookie('session', '', { secure: isSecure(url), seconds: 0, sameSite: 'Strict' })]
}

/** Lax, because the browser comes back from another site with it. */
export function tripCookie(sealed: string, url: string | undefined): string {
  return cookie('trip', sealed, { secure: isSecure(url), seconds: tripTime, sameSite: 'Lax' })
}

function cookie(
  name: CookieName,
  value: string,
  { secure, seconds, sameSite }: { secure: boolean; seconds: number; sameSite: 'Strict' | 'Lax' },
): string {
  const pair = `${cookieName(name, secure)}=${encodeURIComponent(value)}`
  return `${pair}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`
}

function cookieName(name: CookieName, secure: boolean): string {
  return secure ? `__Host-${names[name]}` : names[name]
}

function cookiesOf(header = ''): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    // Of two of a name the first counts, as it is the one of the longer path.
    if (at > 0 && !cookies.has(name)) cookies.set(name, decoded(pair.slice(at + 1).trim()))
  }
  return cookies
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
