/** Sets of texts by name, most of them of one: such a set takes no more memory than its member. */
export class Few {
  readonly #sets = new Map<string, string | Set<string>>()

  add(name: string, member: string): void {
    const known = this.#sets.get(name)
    if (known === undefined) this.#sets.set(name, member)
    else if (typeof known !== 'string') known.add(member)
    else if (known !== member) this.#sets.set(name, new Set([known, member]))
  }

  of(name: string): readonly string[] {
    const known = this.#sets.get(name)
    return known === undefined ? [] : typeof known === 'string' ? [known] : [...known]
  }

  delete(name: string, member: string): void {
    const known = this.#sets.get(name)
    if (known === member || (known instanceof Set && known.delete(member) && known.size === 0))
      this.#sets.delete(name)
  }

  clear(name: string): void {
    this.#sets.delete(name)
  }
}
