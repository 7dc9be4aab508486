import type { Json } from '../../message/json-value.ts'
import type { Lease, Membership, NewMember, RequestHandler, Standing, Vitals, Wake } from '../members.ts'
import type { Parties } from './parties.ts'
import type { Party } from './party.ts'

/** One member's part in a store that its process has claimed. */
export class SharedMembership implements Membership {
  readonly member: NewMember
  readonly partitions: number
  readonly lease: number
  readonly token: number
  readonly #party: Party
  readonly #parties: Parties

  constructor(party: Party, parties: Parties, partitions: number) {
    this.member = party.member
    this.partitions = partitions
    this.lease = party.lease
    this.token = party.right.token
    this.#party = party
    this.#parties = parties
  }

  async beat(vitals: Vitals): Promise<Standing> {
    return this.#parties.beat(this.#party, vitals)
  }

  async take(names: readonly string[]): Promise<Lease[]> {
    return await this.#parties.take(this.#party, names)
  }

  async give(leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void> {
    await this.#parties.give(this.#party, leases)
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#party.listeners.push(listener)
  }

  async ask(lease: string, request: Json, signal?: AbortSignal): Promise<Json> {
    return await this.#parties.asking.ask(lease, request, this.#party.lease, signal)
  }

  onRequest(handler: RequestHandler): void {
    this.#party.handler = handler
    this.#parties.asking.again()
  }

  async leave(): Promise<void> {
    await this.#parties.leave(this.#party)
  }

  /** Whoever works as this member is known to have died: what it held is free at once, though not clean. */
  lose(): void {
    this.#parties.lose(this.#party)
  }
}
