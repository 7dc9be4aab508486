import type { HttpAnswer } from '../http/call.ts'
import type { HttpClient } from '../http/client.ts'
import type { Shared } from '../http/shared.ts'
import { sharedBefore } from './before.ts'

/** Source: SAP Gateway, cross-site request forgery protection: a token, and the cookies of the session it belongs to. */
type Token = Readonly<Record<string, string>>

/** Sends changes with the token of the service, where it has one. */
export class CsrfTokens {
  readonly #token: Shared<Token>

  /** `fetch` asks the service for a token. */
  constructor(fetch: (headers: Record<string, string>) => Promise<HttpAnswer>, client: HttpClient) {
    this.#token = sharedBefore(async () => {
      const { headers } = await fetch({ 'x-csrf-token': 'Fetch' })
      const token = headers['x-csrf-token']
      if (typeof token !== 'string' || /^required$/i.test(token)) return {}
      const cookies = [headers['set-cookie'] ?? []].flat().flatMap(each => /^[^;]*/.exec(each)?.[0] || [])
      for (const secret of [token, ...cookies]) client.conceal(secret)
      return { 'x-csrf-token': token, ...(cookies.length > 0 && { cookie: cookies.join('; ') }) }
    }, 'the X-CSRF-Token')
  }

  /** `send` is called a second time where the first answer says that nothing was done for want of a token. */
  async send(send: (headers: Token) => Promise<HttpAnswer>, signal: AbortSignal): Promise<HttpAnswer> {
    const token = await this.#token.get(signal)
    const answer = await send(token)
    if (answer.status !== 403 || !/^required$/i.test(String(answer.headers['x-csrf-token'] ?? '')))
      return answer
    this.#token.drop(token)
    return send(await this.#token.get(signal))
  }
}
