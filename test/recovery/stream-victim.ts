import { writeSync } from 'node:fs'
import { postgresStore } from '../../src/store/postgres/postgres-store.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { appendUntilKilled } from './stream-traffic.ts'

/** A process that is made to die: appends to streams in the directory, or in the schema of a server. */
const [path = '', rounds = '20', atOnce = '3', , schema = ''] = process.argv.slice(2)

const store = path.startsWith('postgres')
  ? postgresStore({ url: path, schema })
  : sqliteStore({ path, ballastBytes: 4096 })
await appendUntilKilled(store, Number(atOnce), Number(rounds), line => writeSync(1, `${line}\n`))
