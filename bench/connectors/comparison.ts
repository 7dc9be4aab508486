import type { Contender } from '../support/harness.ts'

/** A channel against the library that it is built on, at the same real server. */
export interface Comparison {
  readonly connector: string
  readonly role: 'sink' | 'requester' | 'source'
  readonly library: string
  /** Of the throughput to that of the library. */
  readonly floor?: number | undefined
  open(servers: Servers): Promise<Opened>
}

/** Addresses of the test servers, by the variables of their names. */
export type Servers = Readonly<Record<string, string>>

export interface Opened {
  /** The library alone. */
  readonly library: Contender
  /** The role of the channel alone, called as the engine calls it. */
  readonly channel: Contender
  /** The library, in a script that writes each message to SQLite first, synced, and marks it when it is done. */
  readonly kept: Contender
  /** A flow in a real engine over an SQLite store. */
  readonly engine: Contender
  close(): Promise<void>
}

/** `work` is begun for each item, in order, by so many workers side by side. */
export async function sideBySide<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items.values()
  const worker = async () => {
    for (const item of left) await work(item)
  }
  await Promise.all(Array.from({ length: width }, worker))
}

export function* inBatches<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size)
}
