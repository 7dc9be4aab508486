import type { Vote } from '../../system/roles.ts'
import type { TransactionFact } from './transaction-log.ts'

/** The votes of one transaction, as far as they have come. */
export class Voting {
  readonly #votes = new Map<string, Vote['vote']>()

  add(branch: string, { vote }: Vote): void {
    this.#votes.set(branch, vote)
  }

  /** Of a branch the work was committed before, under another id. */
  get known(): boolean {
    return this.#some('known')
  }

  /** Nobody has promised anything. */
  get idle(): boolean {
    return !this.#some('prepared')
  }

  /**
   * What is written down of them together with the decision, with one sync for both: nothing is to be ended where nothing was
   * done. With `halfDone`, what was done before counts as committed.
   */
  facts({ halfDone }: { readonly halfDone: boolean }): TransactionFact[] {
    return [...this.#votes].flatMap(([branch, vote]): TransactionFact[] => {
      if (vote === 'prepared') return []
      if (vote === 'known' && halfDone) return [{ type: 'ended', branch, found: 'committed' }]
      return [{ type: 'voted', branch, readOnly: true }]
    })
  }

  #some(vote: Vote['vote']): boolean {
    return [...this.#votes.values()].includes(vote)
  }
}
