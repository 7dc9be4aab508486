import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Pages in the log at which they are copied to the database: about 16 MB. */
const pagesAtMost = 4000

/**
 * Copies the write-ahead log into the database, so that the log begins anew. Never waits for readers: while one holds
 * an old moment the log grows, and shrinks after it.
 */
export class Checkpoints {
  readonly #look: StatementSync
  readonly #copy: StatementSync
  #next = pagesAtMost

  constructor(db: DatabaseSync) {
    this.#look = db.prepare('pragma wal_checkpoint(noop)')
    this.#copy = db.prepare('pragma wal_checkpoint(passive)')
  }

  run(idle: boolean): void {
    const { log, checkpointed } = pages(this.#look)
    if (log === checkpointed || (log < this.#next && !idle)) {
      if (log < pagesAtMost) this.#next = pagesAtMost
      return
    }
    const after = pages(this.#copy)
    // What a reader still needs stays; trying again makes sense only after some more has come.
    this.#next = after.checkpointed === after.log ? pagesAtMost : after.log + pagesAtMost
  }
}

function pages(statement: StatementSync): { log: number; checkpointed: number } {
  const row = statement.get()
  return { log: Number(row?.log), checkpointed: Number(row?.checkpointed) }
}
