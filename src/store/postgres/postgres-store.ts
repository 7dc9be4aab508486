import { IsthmusError } from '../../errors.ts'
import type { Membership, NewMember } from '../members.ts'
import type {
  Accepted,
  Append,
  Appended,
  Claim,
  JoinOptions,
  NewMessage,
  RetireLimits,
  Settlement,
  SourcePosition,
  Store,
  StoreReader,
} from '../store.ts'
import { Accepting } from './accepting.ts'
import { Appending } from './appending.ts'
import { Database } from './database.ts'
import { GroupWriter } from './group-writer.ts'
import type { AcceptCall } from './incoming.ts'
import { acceptCall } from './incoming.ts'
import type { AppendCall } from './incoming-append.ts'
import { appendCall } from './incoming-append.ts'
import type { PostgresMembership } from './members.ts'
import { join, messagesNotice } from './members.ts'
import { Ownership } from './ownership.ts'
import { ReadPool } from './read-pool.ts'
import { storeReader } from './reader.ts'
import { retire } from './retiring.ts'
import { Settling } from './settling.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`; tested with PostgreSQL 14 to 18, direct and behind PgBouncer. */
  readonly url: string
  /** The schema that holds the store's tables; made if it is missing. Default `isthmus`. */
  readonly schema?: string
  /** How many connections read at once, at most; up to six more write, hold the claim, and keep up with other members. Default 8. */
  readonly readers?: number
  /** How long a call waits for a server that does not answer, in milliseconds. Default 10,000. */
  readonly patience?: number
}

/**
 * A store in PostgreSQL. Connects at the first call, and again by itself after the connection or the server was lost.
 * Needs the package `pg`.
 */
export function postgresStore(options: PostgresStoreOptions): Store & Required<Pick<Store, 'join'>> {
  return new PostgresStore(options)
}

class PostgresStore implements Store {
  readonly read: StoreReader
  readonly #database: Database
  readonly #memberships = new Set<PostgresMembership>()
  readonly #ownership: Ownership
  readonly #pool: ReadPool
  readonly #intake: GroupWriter<AcceptCall, Accepted[]>
  readonly #progress: GroupWriter<Settlement, undefined>
  readonly #streams: GroupWriter<AppendCall, Appended[]>
  #closing: Promise<void> | undefined

  constructor({ url, schema = 'isthmus', readers = 8, patience = 10_000 }: PostgresStoreOptions) {
    if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
      throw new IsthmusError(
        'CONFIG-INVALID',
        `"${schema}" cannot name a schema: use a-z, 0-9 and _, at most 63`,
      )
    const database = new Database({ url, schema, readers, patience })
    const wake = () => messagesNotice(this.#memberships)
    this.#database = database
    this.#ownership = new Ownership(database)
    this.#pool = new ReadPool(database)
    this.#intake = new GroupWriter(database, new Accepting(schema, wake))
    this.#progress = new GroupWriter(database, new Settling(schema))
    this.#streams = new GroupWriter(database, new Appending(schema, wake))
    this.read = storeReader(
      schema,
      query => this.#pool.run(query),
      use => this.#pool.snapshot(use),
    )
  }

  claim(owner: string): Promise<Claim> {
    return this.#ownership.claim(owner)
  }

  async join(member: NewMember, options: JoinOptions = {}): Promise<Membership> {
    const membership = await join({ database: this.#database, pool: this.#pool }, member, options)
    this.#memberships.add(membership)
    return membership
  }

  async accept(messages: readonly NewMessage[], position?: SourcePosition): Promise<Accepted[]> {
    if (messages.length === 0 && position === undefined) return []
    return await this.#intake.ask(acceptCall(messages, position))
  }

  async settle(settlement: Settlement): Promise<void> {
    await this.#progress.ask(settlement)
  }

  async append(appends: readonly Append[], token: number): Promise<Appended[]> {
    return await this.#streams.ask(appendCall(appends, token))
  }

  async retire(limits: RetireLimits): Promise<number> {
    return await retire(this.#pool, this.#database, limits)
  }

  close(how: 'clean' | 'unclean' = 'clean'): Promise<void> {
    this.#closing ??= this.#close(how)
    return this.#closing
  }

  async #close(how: 'clean' | 'unclean'): Promise<void> {
    await Promise.all([this.#intake.close(), this.#progress.close(), this.#streams.close()])
    await Promise.all([...this.#memberships].map(membership => membership.end()))
    await this.#pool.close()
    await this.#ownership.release(how)
  }
}
