import { describe, it } from 'node:test'
import { Type } from 'typebox'
import type { Change } from '../../src/connectors/sql/index.ts'
import { model } from '../../src/model/model.ts'
import { describeSource, type SourceFixture, type SuiteRecord } from '../../src/testing/describe-source.ts'
import { dropSlot } from '../integration/capture-harness.ts'
import {
  connectTo,
  postgresDatabase,
  sourceOf,
  type TestDatabase,
  targetAt,
} from '../integration/sql-harness.ts'
import { freshSchema, withoutPostgres } from '../recovery/postgres-fixture.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })

if (withoutPostgres) {
  describe('sql capture (PostgreSQL)', () => it('conforms', { skip: withoutPostgres }, () => {}))
} else {
  const common = { ordered: true, readAhead: 500 } as const
  describeSource('sql capture (PostgreSQL)', () => captureFixture('now'), {
    ...common,
    identified: true,
    resumable: true,
  })
  describeSource('sql capture from the beginning (PostgreSQL)', () => captureFixture('beginning'), {
    ...common,
    // A row that comes while the reading is interrupted is delivered as a change, and read as well.
    identified: false,
    resumable: false,
  })
}

async function captureFixture(from: 'now' | 'beginning'): Promise<SourceFixture> {
  const database = await postgresDatabase()
  const slot = freshSchema()
  // Of PostgreSQL's contributed modules: it tells where in the log a commit ends.
  await database.run('create extension if not exists pg_walinspect schema public')
  await database.run('create table rows (n integer primary key, text text)')
  await database.run(`create publication "${slot}" for table rows`)
  await database.run(`select pg_create_logical_replication_slot($1, 'pgoutput')`, [slot])
  const target = targetAt({ url: database.url })
  const channel = target.capture('rows', Row, { table: 'rows', slot, from })
  /** The end of each record's commit in the log: whoever confirms it has taken the record. */
  const written = new Map<number, string>()
  const insert = (run: TestDatabase['run'], records: readonly SuiteRecord[]) =>
    run('insert into rows select n, text from json_to_recordset($1) as r (n integer, text text)', [
      JSON.stringify(records),
    ])
  const begin = async (records: readonly SuiteRecord[]) => {
    const { run, end } = await database.session()
    await run('begin')
    await insert(run, records)
    return async () => {
      const [at] = await run(
        'select pg_current_wal_insert_lsn()::text as lsn, pg_current_xact_id()::text as xid',
      )
      await run('commit')
      const [found] = await run(
        `select end_lsn::text as lsn from public.pg_get_wal_records_info($1, pg_current_wal_flush_lsn())
        where resource_manager = 'Transaction' and record_type like 'COMMIT%' and xid::text = $2`,
        [String(at?.lsn), String(at?.xid)],
      )
      for (const { n } of records) written.set(n, String(found?.lsn))
      await end()
    }
  }
  return {
    put: async records => (await begin(records))(),
    async open() {
      const connection = await connectTo(target)
      return {
        source: () => sourceOf(connection, channel),
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf: ({ data }) => (data as Change<SuiteRecord>).row as SuiteRecord,
    ...(from === 'now' && {
      // The rows that were there at the beginning are read when no transaction is open any more.
      begin,
      async acknowledged() {
        const taken = await database.run(
          `select key::int as n from json_each_text($1) where value::pg_lsn <= (
          select confirmed_flush_lsn from pg_replication_slots where slot_name = $2)`,
          [JSON.stringify(Object.fromEntries(written)), slot],
        )
        return taken.map(({ n }) => Number(n))
      },
    }),
    async disconnect() {
      await database.run(
        'select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1',
        [slot],
      )
    },
    losePlace: () => dropSlot(database, slot),
    async destroy() {
      await dropSlot(database, slot)
      await database.run(`drop publication "${slot}"`)
      await database.destroy()
    },
  }
}
