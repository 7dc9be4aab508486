/** Who is at the other end of a request, as far as the wire tells. */
export interface Caller {
  readonly address: string
  /** What the browser calls itself. */
  readonly agent: string
  /** Of the cookies: the secret of a session, what tells a browser, and a log-in that is under way elsewhere. */
  readonly session: string | undefined
  readonly device: string | undefined
  readonly trip: string | undefined
}

export function isLoopback(address: string): boolean {
  return /^(127\.|::1$|::ffff:127\.|localhost$)/.test(address)
}
