import { describe, it } from 'node:test'
import { describeStore } from '../../src/testing/describe-store.ts'
import { testUrl, withoutPostgres } from '../recovery/postgres-fixture.ts'
import { postgresFixture } from './store-postgres-fixture.ts'

if (withoutPostgres) describe('store postgres', () => it('conforms', { skip: withoutPostgres }, () => {}))
else describeStore('postgres', () => postgresFixture(testUrl), { durable: true })
