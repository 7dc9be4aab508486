import { after, describe, it } from 'node:test'
import {
  type PostgresMajor,
  startPostgresVersion,
  withoutPostgresVersions,
} from '../../scripts/servers/postgres-versions.ts'
import type { StartedServer } from '../../scripts/servers/server.ts'
import { describeStore } from '../../src/testing/describe-store.ts'
import { acceptScenarios } from '../../src/testing/store-suite/accept-scenarios.ts'
import { appendScenarios } from '../../src/testing/store-suite/append-scenarios.ts'
import { settleScenarios } from '../../src/testing/store-suite/settle-scenarios.ts'
import { postgresFixture } from './store-postgres-fixture.ts'

/** `ISTHMUS_SOAK_POSTGRES=14,15` runs the whole suite against these versions; else a part of it against those around 15. */
const whole = process.env.ISTHMUS_SOAK_POSTGRES?.split(',').map(Number) as PostgresMajor[] | undefined
const capabilities = { durable: true }

for (const major of whole ?? ([14, 16, 17, 18] as const)) {
  const name = `postgres ${major}`
  if (withoutPostgresVersions)
    describe(`store ${name}`, () => it('conforms', { skip: withoutPostgresVersions }, () => {}))
  else {
    let server: Promise<StartedServer> | undefined
    const make = async () => {
      server ??= startPostgresVersion(major)
      return await postgresFixture((await server).url)
    }
    describe(name, () => {
      after(async () => (await server)?.stop())
      if (whole) describeStore(name, make, capabilities)
      else
        describe(`store ${name}`, () => {
          for (const scenarios of [acceptScenarios, settleScenarios, appendScenarios])
            scenarios({ make, capabilities })
        })
    })
  }
}
