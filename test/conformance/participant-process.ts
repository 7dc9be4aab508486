// A process that prepares the branches that it is told of: `participant-process.ts URL`.
import type { ProcessBranch } from '../../src/testing/describe-participant.ts'
import { never } from '../integration/sql-harness.ts'
import { openParticipant } from './sql-participant-fixture.ts'

const { participant, put } = await openParticipant(process.argv[2] ?? '')
const votes = participant()
process.on('message', async ({ id, effectKey, records }: ProcessBranch) => {
  process.send?.({ begun: true })
  const branch = { id, effectKey, alone: false, work: records.map(put) }
  process.send?.({ vote: await votes.prepare(branch, never) })
})
process.send?.({ ready: true })
