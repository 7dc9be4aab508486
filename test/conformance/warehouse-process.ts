import { duckdb } from '../../src/connectors/duckdb/index.ts'
import { sql } from '../../src/connectors/sql/index.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

/** Runs statements in the warehouse that it is told, says that it does, and waits to be killed. */
const [url = '', statements = '[]'] = process.argv.slice(2)
const connector = url.startsWith('postgres') ? sql({ url }) : duckdb({ file: url })
const connection = await connector.connect(connectContext())
setTimeout(() => console.log('running'), 300)
await connection.warehouse?.().run(JSON.parse(statements), new AbortController().signal)
