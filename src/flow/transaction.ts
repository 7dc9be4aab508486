import { IsthmusError } from '../errors.ts'
import { checkOptionNames, type OptionNames } from '../message/option-names.ts'
import type { Model } from '../model/model.ts'
import { callSite } from '../system/call-site.ts'
import type { SinkChannel, VotingChannel } from '../system/channel.ts'
import { parseDuration } from '../system/duration.ts'
import { type Effect, idempotent } from '../system/effect.ts'
import { transactionsSystem } from '../system/own-system.ts'
import { checkName } from '../system/system.ts'

export interface TransactionOptions {
  /**
   * How long rows may be locked before it is decided; then it is rolled back and tried again. Default `10s`. What is decided is
   * committed however long that takes.
   */
  readonly within?: string | undefined
}

const names: OptionNames<TransactionOptions> = { within: true }

/** One write of a transaction. */
export interface TransactionWrite<T = unknown> {
  readonly channel: VotingChannel<unknown>
  /** Undefined: nothing is written here. */
  convert(data: T): unknown
}

/**
 * Writes to several databases that all happen or none (two-phase commit). It is a channel of Isthmus itself: flows and
 * sagas use it as one sink, and it happens once for each effect key.
 */
export class Transaction<T> implements SinkChannel<T, Effect<'idempotent', false>> {
  readonly role = 'sink'
  readonly system = transactionsSystem
  readonly name: string
  readonly model: Model<T>
  readonly options = Object.freeze({})
  readonly effect = idempotent
  readonly writes: readonly TransactionWrite<T>[]
  /** Milliseconds. */
  readonly within: number
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined

  constructor(parts: Pick<Transaction<T>, 'name' | 'model' | 'writes' | 'within' | 'at'>) {
    this.name = parts.name
    this.model = parts.model
    this.writes = Object.freeze([...parts.writes])
    this.within = parts.within
    this.at = parts.at
    Object.freeze(this)
  }

  /** Adds a write: converted from the data, or undefined where nothing is to be written. */
  write<U>(channel: VotingChannel<U>, convert: (data: T) => NoInfer<U> | undefined): Transaction<T> {
    if (channel.votes !== true)
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `${this.at ?? 'somewhere'}: transaction ${this.name}: ${channel.system}.${channel.name} cannot vote in two-phase commit. Use a saga.`,
      )
    const write = { channel: channel as VotingChannel<unknown>, convert }
    return new Transaction({ ...this, writes: [...this.writes, write] })
  }
}

/** Declares a transaction. Its name is shown to people; that it happens once is kept by the effect key of who calls it. */
export function transaction<T>(
  name: string,
  model: Model<T>,
  options: TransactionOptions = {},
): Transaction<T> {
  checkName('transaction', name)
  checkOptionNames(`Transaction ${name}`, options, names)
  return new Transaction({
    name,
    model,
    writes: [],
    within: parseDuration(options.within ?? '10s'),
    at: callSite(),
  })
}
