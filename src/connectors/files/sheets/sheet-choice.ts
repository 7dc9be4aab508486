import { matcher } from '../../name-pattern.ts'
import { unreadable } from './xlsx-workbook.ts'

/**
 * Which sheets of one workbook are read: the first that is not hidden, that of a number from 1, that of a name, or all
 * whose names a pattern matches and that are not hidden. Asked about every sheet, in their order.
 */
export class SheetChoice {
  readonly #wanted: string | number | undefined
  readonly #names: string[] = []
  #found = false

  constructor(wanted: string | number | undefined) {
    this.#wanted = wanted
  }

  takes(name: string, isHidden: boolean): boolean {
    this.#names.push(name)
    const isWanted = this.#isWanted(name, isHidden)
    this.#found ||= isWanted
    return isWanted
  }

  /** Throws if no sheet was taken. */
  check(): void {
    if (this.#found) return
    const known = this.#names.slice(0, 20).map(name => JSON.stringify(name))
    const what = this.#wanted === undefined ? 'that is not hidden' : JSON.stringify(this.#wanted)
    throw unreadable(`there is no sheet ${what}; there are ${known.join(', ') || 'none'}`)
  }

  #isWanted(name: string, isHidden: boolean): boolean {
    const wanted = this.#wanted
    if (wanted === undefined) return !this.#found && !isHidden
    if (typeof wanted === 'number') return this.#names.length === wanted
    // Source: names of sheets have no * and ?.
    return /[*?]/.test(wanted)
      ? !isHidden && matcher(wanted)(name)
      : name.toLowerCase() === wanted.toLowerCase()
  }
}
