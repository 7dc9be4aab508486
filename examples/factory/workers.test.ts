import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mariadbUrl, withoutMariadb } from '../../test/recovery/mariadb-fixture.ts'
import { testUrl, withoutPostgres } from '../../test/recovery/postgres-fixture.ts'
import { assertBalanced, workersInTrouble } from './harness.ts'

test('several workers share a PostgreSQL, are killed and stand still, stock is between PostgreSQL and MariaDB, and it balances', {
  skip: withoutPostgres || withoutMariadb,
}, async t => {
  const env = { ISTHMUS_POSTGRES: testUrl, MARIADB_URL: mariadbUrl }
  const { code, output } = await workersInTrouble(t, ['--with=postgres,mariadb', '--workers=3'], env)
  assert.equal(code, 0, output)
  assert.match(
    output,
    /^Isthmus keeps its journal in PostgreSQL \d\S* at \S+, schema \w+\nStock is moved between PostgreSQL at [^@ ]+ and MariaDB at [^@ ]+, database \w+\n/,
  )
  assertBalanced(output)
})
