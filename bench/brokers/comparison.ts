import type { Comparison } from '../connectors/comparison.ts'

/** A channel against the client that it is built on, at the same real broker. */
export interface BrokerComparison extends Pick<Comparison, 'open'> {
  readonly broker: string
  /** As seen from Isthmus. */
  readonly direction: 'in' | 'out'
  readonly client: string
  /** About what the value of a message takes. */
  readonly bytes: number
  /** What the client alone waits for, or keeps, before it goes on. */
  readonly durability: string
  /** Of the throughput of the engine to that of the client. */
  readonly floor: number
}
