import { copyMemoryState, memoryState } from '../../src/store/memory/memory-state.ts'
import { memoryStore } from '../../src/store/memory/memory-store.ts'
import { describeStore } from '../../src/testing/describe-store.ts'

describeStore(
  'memory',
  async () => {
    const state = memoryState()
    return { open: async () => memoryStore(state), destroy: async () => {} }
  },
  { durable: true },
)
