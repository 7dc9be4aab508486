import type { Json } from '../../message/json-value.ts'
import type { Lease, Membership, NewMember, RequestHandler, Standing, Vitals, Wake } from '../members.ts'
import type { RemotePort } from './remote-port.ts'

/** What the thread that has the store tells of a membership. */
export interface Joined {
  readonly of: number
  readonly partitions: number
  readonly lease: number
  readonly token: number
}

/** One member's part in a store that another thread has. */
export class RemoteMembership implements Membership {
  readonly member: NewMember
  readonly partitions: number
  readonly lease: number
  readonly token: number
  readonly #of: number
  readonly #port: RemotePort
  readonly #listeners: ((wake: Wake) => void)[] = []
  #handler: RequestHandler | undefined
  #left: Promise<void> | undefined

  constructor(member: NewMember, { of, partitions, lease, token }: Joined, port: RemotePort) {
    this.member = member
    this.partitions = partitions
    this.lease = lease
    this.token = token
    this.#of = of
    this.#port = port
    port.attach(of, {
      wake: wake => {
        for (const listener of this.#listeners) listener(wake)
      },
      request: async (lease, request) => (await this.#handler?.(lease, request)) ?? null,
    })
  }

  async beat(vitals: Vitals): Promise<Standing> {
    return (await this.#port.ask('beat', [vitals], this.#of)) as Standing
  }

  async take(names: readonly string[]): Promise<Lease[]> {
    return (await this.#port.ask('take', [names], this.#of)) as Lease[]
  }

  async give(leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void> {
    await this.#port.ask('give', [leases], this.#of)
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#listeners.push(listener)
  }

  async ask(lease: string, request: Json, signal?: AbortSignal): Promise<Json> {
    return (await this.#port.ask('ask', [lease, request], this.#of, signal)) as Json
  }

  onRequest(handler: RequestHandler): void {
    this.#handler = handler
    // Nobody waits for it: if the port is closed, nothing is asked any more.
    this.#port.ask('listen', [], this.#of).catch(() => {})
  }

  leave(): Promise<void> {
    this.#left ??= this.#leave()
    return this.#left
  }

  async #leave(): Promise<void> {
    await this.#port.ask('leave', [], this.#of)
    this.#port.detach(this.#of)
  }
}
