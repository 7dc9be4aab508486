import { describe, it } from 'node:test'
import { describeSink } from '../../src/testing/describe-sink.ts'
import { withoutKafka } from '../integration/kafka-harness.ts'
import { kafkaSinkFixture } from './kafka-sink-fixture.ts'

if (withoutKafka) describe('kafka', () => it('conforms', { skip: withoutKafka }, () => {}))
else describeSink('kafka produce', () => kafkaSinkFixture('plain'), { effect: 'idempotent' })
