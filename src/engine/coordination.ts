import { IsthmusError } from '../errors.ts'
import type { RequesterChannel, SinkChannel } from '../system/channel.ts'
import type { Requester, Sink } from '../system/roles.ts'
import { OwnRoles, type OwnRolesOptions } from './own-roles.ts'
import { Pipelines } from './pipelines/pipelines.ts'
import type { PipelinesOptions } from './pipelines/pipelines-options.ts'
import { keepRetiring, type Retention } from './retention.ts'

interface CoordinationOptions {
  readonly own: Omit<OwnRolesOptions, 'token'>
  readonly pipelines: Omit<PipelinesOptions, 'token'>
  readonly retention: Retention & { readonly identities: number }
}

/** What is done by one at a time for all: sagas, transactions, aggregates, pipelines, retention. */
export class Coordination {
  readonly #options: CoordinationOptions
  readonly #stopping = new AbortController()
  #own: OwnRoles | undefined
  #pipelines: Pipelines | undefined
  #retiring: Promise<void> | undefined

  constructor(options: CoordinationOptions) {
    this.#options = options
  }

  get isHere(): boolean {
    return this.#own !== undefined
  }

  /** Throws MEMBER-ELSEWHERE where another member coordinates. */
  get own(): OwnRoles {
    if (this.#own) return this.#own
    throw elsewhere()
  }

  get pipelines(): Pipelines {
    if (this.#pipelines) return this.#pipelines
    throw elsewhere()
  }

  readonly role = (channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>): Sink | Requester =>
    this.own.role(channel)

  /** Takes up what others have left; nothing of it runs before `start`. */
  async recover(token: number): Promise<void> {
    const { own, pipelines } = this.#options
    const roles = new OwnRoles({ ...own, token })
    await roles.recover()
    // Not before: who calls one of our own meanwhile is to find what others have left.
    this.#own = roles
    this.#pipelines = new Pipelines({ ...pipelines, token })
  }

  async start(): Promise<void> {
    const { store, host, onFatal } = this.#options.own
    this.#own?.start()
    await this.#pipelines?.start()
    const { retention } = this.#options
    this.#retiring = keepRetiring(store, host, retention, this.#stopping.signal, onFatal)
  }

  /** Begins nothing more; resolves when what runs has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#own?.stop(), this.#pipelines?.stop(), this.#retiring])
  }

  /** Asks the calls under way to end. */
  abort(): void {
    this.#own?.abort()
  }
}

function elsewhere(): IsthmusError {
  return new IsthmusError(
    'MEMBER-ELSEWHERE',
    'Another member of the store does this. It says which by: isthmus workers',
  )
}
