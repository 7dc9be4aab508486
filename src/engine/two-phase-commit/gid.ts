import { hash } from 'node:crypto'
import { effectKey as keyOf } from '../../message/effect-key.ts'
import type { Host } from '../host.ts'

const sha256 = (text: string): string => hash('sha256', text, 'binary')

/**
 * Names of transactions at the databases: `isth:CLUSTER:EFFECT:LIFE.COUNT`, and `:BRANCH` behind it; at most 60 bytes. By the
 * cluster an Isthmus knows its own, by a part of the effect key it finds them in its log; no name comes twice.
 */
export class Gids {
  /** How all names of this cluster begin. */
  readonly prefix: string
  readonly #life: string
  #count = 0

  /** Who shares databases with another Isthmus needs a cluster name of its own. */
  constructor(cluster: string, host: Pick<Host, 'randomBytes'>) {
    this.prefix = `isth:${keyOf(sha256, ['cluster', cluster]).slice(0, 10)}:`
    this.#life = Buffer.from(host.randomBytes(4)).toString('hex').slice(0, 7)
  }

  next(effectKey: string): string {
    this.#count++
    return `${this.prefix}${effectKey.slice(0, 26)}:${this.#life}.${this.#count.toString(36)}`
  }

  branch(gid: string, number: number): string {
    return `${gid}:${number}`
  }

  /** Of the id of a branch: the transaction, and how its effect key begins. */
  read(id: string): { readonly gid: string; readonly effect: string } {
    const gid = id.slice(0, id.lastIndexOf(':'))
    const [effect = ''] = gid.slice(this.prefix.length).split(':')
    return { gid, effect }
  }
}
