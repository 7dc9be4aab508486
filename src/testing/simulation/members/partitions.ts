import { partitionLease } from '../../../store/members.ts'
import type { LeaseTable } from './lease-table.ts'

/** What a member records of one partition: its messages up to `to`, of which it has known those up to `from` as ended. */
export interface Ended {
  readonly partition: number
  readonly token: number
  readonly from: number
  readonly to: number
}

interface Backlog {
  /** Messages accepted, and of these ended. */
  head: number
  cursor: number
  /** The highest token under which something was recorded. */
  token: number
}

/** The messages of every partition, as numbers; what is recorded is taken from who holds the lease only. */
export class Partitions {
  /** What was violated. */
  readonly violations: string[] = []
  readonly #all: Backlog[]
  readonly #table: LeaseTable

  constructor(count: number, waiting: number, table: LeaseTable) {
    this.#all = Array.from({ length: count }, () => ({ head: waiting, cursor: 0, token: 0 }))
    this.#table = table
  }

  accept(partition: number): void {
    const backlog = this.#all[partition]
    if (backlog) backlog.head++
  }

  read(partition: number): { readonly head: number; readonly cursor: number } {
    return this.#all[partition] ?? { head: 0, cursor: 0 }
  }

  /** All or nothing. Throws STORE-FENCED. */
  settle(ended: readonly Ended[]): void {
    for (const { partition, token } of ended) this.#table.requireToken(partitionLease(partition), token)
    for (const each of ended) this.#settleOne(each)
  }

  #settleOne({ partition, token, from, to }: Ended): void {
    const backlog = this.#all[partition] as Backlog
    if (token < backlog.token) this.violations.push(`two holders of partition ${partition} have both written`)
    if (from > backlog.cursor) this.violations.push(`messages of partition ${partition} were passed over`)
    if (from < backlog.cursor && token !== backlog.token)
      this.violations.push(`messages of partition ${partition} ended twice`)
    backlog.token = Math.max(token, backlog.token)
    backlog.cursor = Math.max(to, backlog.cursor)
  }

  get waiting(): number {
    return this.#all.reduce((sum, { head, cursor }) => sum + head - cursor, 0)
  }
}
