import { randomUUID } from 'node:crypto'
import type { AuditLog } from './audit-log.ts'
import type { AuditEntry } from './audit-record.ts'

/** Milliseconds in which denials of a kind become one record behind the first. */
const gathered = 60_000
const mostKinds = 1_000

export type Denial = Pick<AuditEntry, 'actor' | 'how' | 'address' | 'action' | 'object' | 'status'>

/**
 * What was denied, and failed logins. The first of a kind is written at once; those of the next minute are counted into one record,
 * so that nobody can fill the disk by knocking.
 */
export class Denials {
  readonly #audit: AuditLog
  readonly #more = new Map<string, { entry: AuditEntry; times: number; timer: NodeJS.Timeout }>()

  constructor(audit: AuditLog) {
    this.#audit = audit
  }

  add(denial: Denial): void {
    const isCrowd = this.#more.size >= mostKinds
    const told = isCrowd ? { ...denial, actor: '', object: '', address: 'many' } : denial
    const kind = JSON.stringify([told.actor, told.address, told.action, told.object])
    const known = this.#more.get(kind)
    const entry = { ...told, operation: randomUUID(), phase: 'done', outcome: 'denied' } as const
    if (known) {
      known.times++
      return
    }
    const timer = setTimeout(() => this.#tell(kind), gathered).unref()
    this.#more.set(kind, { entry, times: 0, timer })
    this.#audit.write(entry).catch(() => {})
  }

  close(): void {
    for (const kind of [...this.#more.keys()]) this.#tell(kind)
  }

  #tell(kind: string): void {
    const { entry, times, timer } = this.#more.get(kind) ?? {}
    clearTimeout(timer)
    this.#more.delete(kind)
    if (entry && times) this.#audit.write({ ...entry, operation: randomUUID(), times }).catch(() => {})
  }
}
