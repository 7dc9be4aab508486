import { partitionOf } from '../message/partition.ts'
import type { FlowState } from '../store/store.ts'
import { Cursors } from './cursor.ts'

/** A partition that is to be worked off here from now on. */
export interface Taken {
  readonly partition: number
  /** By which the store knows that it is ours. */
  readonly token: number
  /** False when who had it before may have died over it. */
  readonly clean: boolean
}

/** The partitions of a flow that are worked off here, or are about to be. */
export class Partitions {
  readonly cursors = new Cursors()
  readonly count: number
  readonly #tokens = new Map<number, number>()
  /** Taken, but not begun: with their cursors. */
  readonly #pending = new Map<number, number>()
  /** Of which nothing more is begun. */
  readonly #leaving = new Set<number>()

  constructor(count: number) {
    this.count = count
  }

  of(key: string): number {
    return partitionOf(key, this.count)
  }

  take(taken: readonly Taken[], state: FlowState | undefined): void {
    for (const { partition, token } of taken) {
      const known = state?.cursors.find(each => each.partition === partition)
      this.#tokens.set(partition, token)
      this.#pending.set(partition, known?.cursor ?? 0)
    }
  }

  /** Lets what was taken be read. */
  begin(): void {
    for (const [partition, cursor] of this.#pending) this.cursors.take(partition, cursor)
    this.#pending.clear()
  }

  leave(partition: number): void {
    this.#leaving.add(partition)
  }

  drop(partition: number): void {
    this.cursors.drop(partition)
    this.#pending.delete(partition)
    this.#tokens.delete(partition)
    this.#leaving.delete(partition)
  }

  token(partition: number): number {
    return this.#tokens.get(partition) ?? 0
  }

  /** Whether messages of it may begin here. */
  isOurs(partition: number): boolean {
    return this.#tokens.has(partition) && !this.#leaving.has(partition)
  }

  /** The cursor of one that was taken and not begun. */
  cursorOf(partition: number): number {
    return this.#pending.get(partition) ?? 0
  }
}
