import type { ConnectContext } from '../../system/connector.ts'
import type { Works } from './branches.ts'
import type { Database } from './database.ts'

/** What a channel of this connector carries: how its role is played on an open database, and its part in a branch. */
export class Play<R> {
  readonly on: (database: Database, context: ConnectContext) => R
  /** Of channels that vote. */
  readonly works: Works | undefined

  constructor(on: (database: Database, context: ConnectContext) => R, works?: Works) {
    this.on = on
    this.works = works
  }
}
