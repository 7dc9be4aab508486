import type { Json } from '../../../message/json-value.ts'
import {
  type Lease,
  leaseTime,
  type Membership,
  type NewMember,
  type Standing,
  type Vitals,
  type Wake,
} from '../../../store/members.ts'
import type { Joined, LeaseTable } from './lease-table.ts'
import type { MemberProcess } from './member-process.ts'
import type { ModelledServer } from './modelled-server.ts'

interface Place {
  readonly process: MemberProcess
  readonly server: ModelledServer
  readonly table: LeaseTable
  readonly partitions: number
}

/** A member's part in a modelled store: every call goes over the network to the server, and hints come the same way. */
export class ModelledMembership implements Membership {
  readonly member: NewMember
  readonly partitions: number
  readonly lease = leaseTime
  readonly #place: Place
  readonly #joined: Joined
  readonly #listeners: ((wake: Wake) => void)[]

  private constructor(place: Place, joined: Joined, listeners: ((wake: Wake) => void)[]) {
    this.member = joined.member
    this.partitions = place.partitions
    this.#place = place
    this.#joined = joined
    this.#listeners = listeners
  }

  static async join(member: NewMember, place: Place): Promise<ModelledMembership> {
    const listeners: ((wake: Wake) => void)[] = []
    const { process, server, table } = place
    const wake = (what: Wake) =>
      void process.after(1, () => listeners.forEach(listener => void listener(what)))
    const joined = await server.call(process, () => ({ answer: table.join(member, wake), rows: 1 }))
    return new ModelledMembership(place, joined, listeners)
  }

  get token(): number {
    return this.#joined.token
  }

  beat(vitals: Vitals): Promise<Standing> {
    const { process, server, table } = this.#place
    return server.call(process, () => table.beat(this.#joined, vitals))
  }

  take(names: readonly string[]): Promise<Lease[]> {
    const { process, server, table } = this.#place
    return server.call(process, () => table.take(this.#joined, names))
  }

  give(leases: readonly Pick<Lease, 'name' | 'token'>[]): Promise<void> {
    const { process, server, table } = this.#place
    return server.call(process, () => ({ answer: table.give(this.#joined, leases), rows: leases.length }))
  }

  onWake(listener: (wake: Wake) => void): void {
    this.#listeners.push(listener)
  }

  async ask(): Promise<Json> {
    throw new Error('nobody asks another here')
  }

  onRequest(): void {}

  leave(): Promise<void> {
    const { process, server, table } = this.#place
    return server.call(process, () => ({ answer: table.leave(this.#joined), rows: 1 }))
  }
}
