import { checkAddress, guardedLookup } from '../../connectors/http/address-guard.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { addressRule } from '../../system/network.ts'
import type { SendContext } from './sender.ts'

const patience = 15_000
const longestAnswer = 64 * 1024

/** Posts JSON to the url of a channel and gives what was answered with a success. Redirects are not followed. */
export async function post(
  url: string,
  body: unknown,
  {
    channel,
    resolve,
    headers = {},
  }: Pick<SendContext, 'channel' | 'resolve'> & { readonly headers?: Readonly<Record<string, string>> },
): Promise<unknown> {
  const { Agent, request } = await import('undici')
  const place = { system: channel.name, allows: addressRule(channel.options.allow ?? []) }
  checkAddress(new URL(url).hostname, place)
  const { ca } = channel.options
  const trust = ca === undefined ? {} : { ca: resolve(ca) }
  const agent = new Agent({
    connect: { timeout: patience, lookup: guardedLookup(place), rejectUnauthorized: true, ...trust },
  })
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'isthmus', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      dispatcher: agent,
      signal: AbortSignal.timeout(patience),
    })
    const text = await limited(answer.body)
    if (answer.statusCode < 200 || answer.statusCode > 299) throw refused(`it answered ${answer.statusCode}`)
    return text
  } catch (error) {
    if (error instanceof IsthmusError) throw error
    // Its address may hold a key, and is not told.
    throw new IsthmusError('TARGET-UNAVAILABLE', `it could not be reached: ${codeOf(error)}`, {
      cause: error,
    })
  } finally {
    await agent.destroy()
  }
}

async function limited(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body) {
    size += part.byteLength
    if (size > longestAnswer) throw refused('its answer is too long')
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** What a robot answers: a code, 0 for success, and why not. */
export function requireTaken(
  answer: unknown,
  names: { readonly code: string; readonly reason: string },
): void {
  let read: Record<string, unknown>
  try {
    read = JSON.parse(String(answer)) as Record<string, unknown>
  } catch {
    throw refused('its answer is no JSON')
  }
  if (read[names.code] === 0) return
  throw refused(`it answered ${read[names.code]}: ${String(read[names.reason]).slice(0, 300)}`)
}

export function refused(reason: string): IsthmusError {
  return new IsthmusError('TARGET-REFUSED', reason)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? reasonOf(error)
}
