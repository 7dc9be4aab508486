import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unfitBy } from './unfit.ts'

const sound = {
  version: '10.11.6-MariaDB-log',
  wsrep_on: 'OFF',
  read_only: 'OFF',
  innodb_flush_log_at_trx_commit: '1',
  log_bin: 'ON',
  binlog_format: 'ROW',
}
const problemsOf = (values: object) => unfitBy(new Map(Object.entries({ ...sound, ...values })))

test('servers that can take part', () => {
  const versions = ['10.6.0-MariaDB', '11.4.2-MariaDB-ubu2404', '8.0.30', '8.4.0-log', '9.0.1']
  for (const version of versions) assert.deepEqual(problemsOf({ version }), [])
  assert.deepEqual(problemsOf({ log_bin: 'OFF', binlog_format: 'STATEMENT' }), [])
})

test('servers that cannot, and what to do', () => {
  const cases: [object, RegExp][] = [
    [{ version: '10.5.25-MariaDB' }, /10\.5\.25-MariaDB is too old: MariaDB 10\.6\.0 or later/],
    [{ version: '8.0.29' }, /8\.0\.29 is too old: MySQL 8\.0\.30 or later/],
    [{ version: '5.7.44-log' }, /too old/],
    [{ wsrep_on: 'ON' }, /Galera.*use another server/],
    [{ read_only: 'ON' }, /read-only.*url of the primary/],
    [{ super_read_only: 'ON' }, /read-only.*url of the primary/],
    [{ innodb_flush_log_at_trx_commit: '2' }, /Set it to 1/],
    [{ binlog_format: 'STATEMENT' }, /set it to ROW/],
  ]
  for (const [values, expected] of cases) {
    const problems = problemsOf(values)
    assert.equal(problems.length, 1)
    assert.match(String(problems[0]), expected)
  }
})
