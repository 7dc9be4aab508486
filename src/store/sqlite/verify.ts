import type { DatabaseSync } from 'node:sqlite'
export function verifyAfterCrash(_db: DatabaseSync): void {}
