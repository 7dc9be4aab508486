export { connectContext } from './connect-context.ts'
export { describeMembers, type MembersCapabilities } from './describe-members.ts'
export {
  type BreakableParticipant,
  describeParticipant,
  type ForeignBranch,
  type OpenedParticipant,
  type ParticipantFixture,
  type ParticipantProcess,
  type ProcessBranch,
} from './describe-participant.ts'
export {
  describeRequester,
  type OpenedRequester,
  type RequesterCapabilities,
  type RequesterFixture,
  type SuiteRequest,
} from './describe-requester.ts'
export {
  describeSink,
  type OpenedSink,
  type SinkCapabilities,
  type SinkFixture,
} from './describe-sink.ts'
export {
  describeSource,
  type OpenedSource,
  type SourceCapabilities,
  type SourceFixture,
  type SuiteRecord,
} from './describe-source.ts'
export { describeStore } from './describe-store.ts'
export {
  type BreakableWarehouse,
  describeWarehouse,
  type OpenedWarehouse,
  type WarehouseFixture,
} from './describe-warehouse.ts'
export type { MembersFixture, OpenedMember } from './members-suite/fixture.ts'
export type { StoreCapabilities, StoreFixture } from './store-suite/fixture.ts'
