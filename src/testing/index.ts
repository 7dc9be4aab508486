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
