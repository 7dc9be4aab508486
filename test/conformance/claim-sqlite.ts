import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'

/** Claims the store in the given directory, says so, and keeps it until it is killed. */
await sqliteStore({ path: process.argv[2] ?? '', ballastBytes: 4096 }).claim('elsewhere')
console.log('claimed')
setInterval(() => {}, 1 << 30)
