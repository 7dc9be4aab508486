import type { Contender } from '../support/harness.ts'

/** A channel against the library that it is built on, at the same real server. */
export interface Comparison {
  readonly connector: string
  readonly role: 'sink' | 'requester' | 'source'
  /** The library alone, for the table. */
  readonly library: string
  /** Of the engine's throughput to that of the library alone. */
  readonly floor?: number | undefined
  open(): Promise<Opened>
}

export interface Opened {
  /** The library alone: what a script would do. */
  readonly bare: Contender
  /** The role of the channel alone, called as the engine calls it. */
  readonly channel: Contender
  /** A flow in a real engine over an SQLite store. */
  readonly engine: Contender
  close(): Promise<void>
}

/** `work` is begun this many times side by side, again and again until `count` are begun. */
export async function sideBySide(width: number, count: number, work: () => Promise<unknown>): Promise<void> {
  let begun = 0
  const worker = async () => {
    while (begun++ < count) await work()
  }
  await Promise.all(Array.from({ length: width }, worker))
}
