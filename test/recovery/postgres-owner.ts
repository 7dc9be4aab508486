import { postgresStore } from '../../src/store/postgres/postgres-store.ts'

/** A process that claims the store it is told of and stays until it is killed. */
const [, , url = '', schema = ''] = process.argv
await postgresStore({ url, schema }).claim(`process ${process.pid}`)
process.send?.('claimed')
