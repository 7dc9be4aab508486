import { IsthmusError } from '../../errors.ts'
import type { Branch, Participant, PreparedBranch, Vote } from '../../system/roles.ts'

/**
 * A database inside a test that votes: it outlives the engine's process, and can be told to fail. What is committed is a list of
 * what each branch wrote.
 */
export class FakeDatabase implements Participant {
  readonly rows: unknown[] = []
  readonly markers = new Set<string>()
  readonly standing = new Map<string, Branch>()
  /** Every call, as `prepare`, `commit`, `roll back`. */
  readonly calls: string[] = []
  /** Called before and after each of them; may throw, or never answer. */
  trouble: (point: string) => void | Promise<void> = () => {}

  async prepare(branch: Branch): Promise<Vote> {
    this.calls.push('prepare')
    await this.trouble('before prepare')
    if (this.markers.has(branch.effectKey)) return { vote: 'known' }
    const work = branch.work.map(
      ({ data }) => data as { readonly poison?: boolean; readonly nothing?: boolean },
    )
    if (work.some(({ poison }) => poison)) throw new IsthmusError('TARGET-REFUSED', 'a row is refused')
    if (work.every(({ nothing }) => nothing)) return { vote: 'read only' }
    if (branch.alone) this.#commit(branch)
    else this.standing.set(branch.id, branch)
    await this.trouble('after prepare')
    return { vote: branch.alone ? 'committed' : 'prepared' }
  }

  async end(id: string, how: 'commit' | 'roll back'): Promise<'committed' | 'rolled back'> {
    this.calls.push(how)
    await this.trouble(`before ${how}`)
    const promised = this.standing.get(id)
    if (promised && how === 'commit') this.#commit(promised)
    this.standing.delete(id)
    await this.trouble(`after ${how}`)
    return this.markers.has(id) ? 'committed' : 'rolled back'
  }

  async prepared(prefix: string): Promise<readonly PreparedBranch[]> {
    await this.trouble('before list')
    return [...this.standing.keys()].filter(id => id.startsWith(prefix)).map(id => ({ id }))
  }

  async unfit(): Promise<readonly string[]> {
    return []
  }

  /** What an administrator does by hand. */
  rollBackByHand(): void {
    this.standing.clear()
  }

  #commit({ id, effectKey, work }: Branch): void {
    this.markers.add(id).add(effectKey)
    for (const { data } of work) this.rows.push(data)
  }
}
