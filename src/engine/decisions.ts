import { IsthmusError } from '../errors.ts'
import type { FlowJournal } from './flow-journal.ts'
import type { Fact, Settler } from './settler.ts'

/** Records what people decide about messages that were set aside. */
export class Decisions {
  readonly #journal: FlowJournal
  readonly #settler: Settler
  /** Messages about which a decision is being recorded. */
  readonly #deciding = new Set<number>()

  constructor(journal: FlowJournal, settler: Settler) {
    this.#journal = journal
    this.#settler = settler
  }

  /** Throws CONTROL-REFUSED if the message has gone on. Of two decisions about one the second is refused, however close they are. */
  async record(seq: number, fact: Fact): Promise<void> {
    const refused = () =>
      new IsthmusError('CONTROL-REFUSED', `Message ${seq} has been decided about in the meantime.`)
    if (this.#deciding.has(seq)) throw refused()
    this.#deciding.add(seq)
    try {
      const [row] = await this.#journal.rows(seq - 1, 1)
      if (row?.seq !== seq || (row.status !== 'parked' && row.status !== 'doubt')) throw refused()
      await this.#settler.record(row.partition, fact)
    } finally {
      this.#deciding.delete(seq)
    }
  }
}
