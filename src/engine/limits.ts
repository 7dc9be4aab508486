/** What bounds the memory of one flow, whatever its backlog. */
export interface FlowLimits {
  /** Messages in memory. */
  readonly messages: number
  /** Bodies in memory, in bytes. */
  readonly bytes: number
  /** Messages waiting for another attempt; beyond, no new ones are begun. */
  readonly retrying: number
}

export const defaultFlowLimits: FlowLimits = { messages: 1024, bytes: 32 * 1024 * 1024, retrying: 256 }
