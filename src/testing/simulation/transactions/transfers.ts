import { Type } from 'typebox'
import { type Transaction, transaction } from '../../../flow/transaction.ts'
import { type DataOf, model } from '../../../model/model.ts'
import type { VotingChannel } from '../../../system/channel.ts'
import { idempotent } from '../../../system/effect.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { RowData } from './simulated-database.ts'

/** Names of databases: which one refuses it, where nothing is changed, and where nothing is written; mostly none. */
const Transfer = model('Transfer', {
  version: 1,
  key: 'no',
  schema: Type.Object({
    no: Type.String(),
    poison: Type.String(),
    nothing: Type.String(),
    without: Type.String(),
  }),
})
export type TransferData = DataOf<typeof Transfer>
const Row = model('Row', { version: 1, schema: Type.Any() })

/** A transfer that somebody wants to be made, and what came of it. */
export interface Wanted {
  readonly data: TransferData
  readonly effectKey: string
  readonly over: Transaction<TransferData>
  ended?: 'done' | 'refused' | 'mixed'
  /** A store that was restored does not know which branch changed nothing: a person is asked. */
  mayBeMixed?: boolean
}

export function drawTransfers(random: SeededRandom, databases: readonly string[]): Wanted[] {
  const over = databases.reduce(
    (grown, name) => grown.write(channelOf(name), data => rowOf(data, name)),
    transaction('transfer', Transfer, { within: random.pick(['1s', '3s', '10s']) }),
  )
  const some = (chance: number) =>
    random.chance(chance) ? (databases[random.int(0, databases.length - 1)] ?? '') : ''
  const poisoned = random.pick([0.1, 0.1, 0.5])
  return Array.from({ length: random.int(2, 16) }, (_, n) => ({
    data: { no: `t${n}`, poison: some(poisoned), nothing: some(0.15), without: some(0.2) },
    effectKey: `${n}x`.padEnd(52, 'x'),
    over,
  }))
}

function rowOf({ no, poison, nothing, without }: TransferData, name: string): RowData | undefined {
  return without === name ? undefined : { no, poison: poison === name, nothing: nothing === name }
}

function channelOf(system: string): VotingChannel<RowData> {
  const model = Row as never
  return { role: 'sink', system, name: 'rows', model, options: {}, effect: idempotent, votes: true }
}
