import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** Pages in the log at which they are copied to the database: about 16 MB. */
const pagesAtMost = 2000
/** Transactions after which the log is looked at. */
const lookEvery = 16

/**
 * Copies the write-ahead log into the database, so that the log begins anew. Never waits for readers: while one holds
 * an old moment the log grows, and shrinks after it.
 */
export class Checkpoints {
  readonly #look: StatementSync
  readonly #copy: StatementSync
  #transactions = 0
  #next = pagesAtMost

  constructor(db: DatabaseSync) {
    this.#look = db.prepare('pragma wal_checkpoint(noop)')
    this.#copy = db.prepare('pragma wal_checkpoint(passive)')
  }

  /** To be called after every transaction: copies when there is much to copy. */
  some(): void {
    if (++this.#transactions % lookEvery !== 0) return
    const { log } = pages(this.#look)
    if (log >= this.#next) this.all()
    else if (log < pagesAtMost) this.#next = pagesAtMost
  }

  all(): void {
    const before = pages(this.#look)
    if (before.log === before.checkpointed) return
    const { log, checkpointed } = pages(this.#copy)
    // What a reader still needs stays; trying again makes sense only after some more has come.
    this.#next = checkpointed === log ? pagesAtMost : log + pagesAtMost
  }
}

function pages(statement: StatementSync): { log: number; checkpointed: number } {
  const row = statement.get()
  return { log: Number(row?.log), checkpointed: Number(row?.checkpointed) }
}
