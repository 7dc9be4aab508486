import { describe, it } from 'node:test'
import { describeParticipant, type ParticipantFixture } from '../../src/testing/describe-participant.ts'
import { mariadbDatabase, postgresDatabase, products } from '../integration/sql-harness.ts'
import { makeMariadbCluster, withoutMariadbCluster } from '../recovery/mariadb-cluster.ts'
import { makeCluster, withoutCluster } from '../recovery/postgres-cluster.ts'
import { participantFixture } from './sql-participant-fixture.ts'

const crashable: Readonly<Record<string, (() => Promise<ParticipantFixture>) | undefined>> = {
  ...(!withoutCluster && {
    async PostgreSQL() {
      const cluster = await makeCluster({ max_prepared_transactions: '20' })
      await cluster.start()
      return participantFixture(await postgresDatabase(cluster.url), cluster)
    },
  }),
  ...(!withoutMariadbCluster && {
    async MariaDB() {
      const cluster = await makeMariadbCluster()
      await cluster.start()
      return participantFixture(await mariadbDatabase(cluster.url), cluster)
    },
  }),
}

for (const product of products) {
  const { name, skip, make } = product
  if (skip) describe(`sql (${name})`, () => it('conforms', { skip }, () => {}))
  else describeParticipant(`sql (${name})`, async () => participantFixture(await make()), crashable[name])
}
