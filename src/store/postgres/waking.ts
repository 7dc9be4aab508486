import { hash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Database } from './database.ts'

/** What is told to all members: `about` is who says it or whom it concerns. */
export interface Notice {
  readonly what: string
  readonly about: string
}

/** Its name is that of the whole database server; those of schemas may be too long for one. */
const channelOf = (schema: string): string => `isthmus_${hash('sha256', schema, 'hex').slice(0, 32)}`

/** An output expression that tells all members, once the transaction is committed; `text` gives a notice as text. */
export function notify(schema: string, text: string): string {
  return `pg_notify('${channelOf(schema)}', ${text})::text`
}

export const noticeText = (what: string, about: string): string => `${what} ${about}`

function noticeOf(text: string): Notice {
  const space = text.indexOf(' ')
  return { what: text.slice(0, space), about: text.slice(space + 1) }
}

/**
 * A connection that hears what members tell each other, made again whenever it is lost. Nothing may depend on it: what
 * is told meanwhile is missed, and behind a pooler, which lets nothing through, there is none.
 */
export class Listener {
  readonly #database: Database
  readonly #hear: (notice: Notice) => void
  readonly #missed: () => void
  #client: Client | undefined
  #closed = false

  /** `missed` is called when something may have been told while nobody heard it. */
  constructor(database: Database, hear: (notice: Notice) => void, missed: () => void) {
    this.#database = database
    this.#hear = hear
    this.#missed = missed
  }

  /** Resolves when it listens, or cannot for now. */
  async start(): Promise<void> {
    if (!(await this.#listen())) void this.#listenAgain()
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#client?.end().catch(() => undefined)
  }

  /** Gives whether there is no need to try again. */
  async #listen(): Promise<boolean> {
    const client = await this.#database.connect().catch(() => undefined)
    if (client === undefined) return false
    if (this.#database.pooled) return await client.end().then(() => true)
    client.on('notification', ({ payload = '' }) => this.#hear(noticeOf(payload)))
    const listening = await client.query(`LISTEN ${channelOf(this.#database.options.schema)}`).then(
      () => !this.#closed,
      () => false,
    )
    if (!listening) await client.end().catch(() => undefined)
    else this.#hold(client)
    return listening
  }

  #hold(client: Client): void {
    this.#client = client
    client.once('end', () => {
      this.#client = undefined
      if (!this.#closed) void this.#listenAgain()
    })
  }

  async #listenAgain(): Promise<void> {
    do await pause(200 + 800 * Math.random(), undefined, { ref: false })
    while (!(this.#closed || (await this.#listen())))
    if (!this.#closed) this.#missed()
  }
}
