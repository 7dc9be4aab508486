import { postgresStore } from '../../src/store/postgres/postgres-store.ts'

/** A process that claims the store it is told of and stays until it is killed, or its parent is gone. */
const [, , url = '', schema = ''] = process.argv
process.on('disconnect', () => process.exit())
await postgresStore({ url, schema }).claim(`process ${process.pid}`)
process.send?.('claimed')
