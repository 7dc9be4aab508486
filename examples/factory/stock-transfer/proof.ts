import type { TransferOrder } from '../erp/database.ts'
import { opening, type WarehouseTruth } from './warehouse.ts'

export interface TransferTruth {
  readonly north: WarehouseTruth
  readonly south: WarehouseTruth
  /** By the word that the log has for their end. */
  readonly transactions: ReadonlyMap<string, number>
}

export interface TransferProof {
  readonly orders: number
  /** Those that stand in both warehouses, once in each, and with the right pieces. */
  readonly moved: number
  readonly pieces: number
  readonly problems: readonly string[]
}

type Movement = WarehouseTruth['movements'][number]

/**
 * Compares item by item what the ERP wanted to have moved with the books of both warehouses: a transfer stands in both or in
 * none. One that asks for more than there is must be parked. All pieces together are as many as at the beginning.
 */
export function proveTransfers(
  orders: readonly TransferOrder[],
  { north, south, transactions }: TransferTruth,
  parked: readonly string[],
): TransferProof {
  const books = { north: byTransfer(north), south: byTransfer(south) }
  const set = Map.groupBy(parked, number => number)
  const problems: string[] = []
  let [moved, pieces] = [0, 0]
  for (const order of orders) {
    const { number } = order
    const held = { north: books.north.get(number) ?? [], south: books.south.get(number) ?? [] }
    const found = problemsOf(order, held, set.get(number)?.length ?? 0)
    problems.push(...found.map(problem => `${number}: ${problem}`))
    if (found.length === 0 && order.pieces <= opening) {
      moved++
      pieces += order.pieces
    }
    for (const known of [books.north, books.south, set]) known.delete(number)
  }
  for (const number of new Set([...books.north.keys(), ...books.south.keys(), ...set.keys()]))
    problems.push(`${number}: nobody ordered this transfer`)
  problems.push(...stockProblems('north', north), ...stockProblems('south', south))
  const open = [...transactions].filter(([word]) => !['committed', 'rolled back'].includes(word))
  problems.push(...open.map(([word, count]) => `${count} transactions are ${word}`))
  return { orders: orders.length, moved, pieces, problems }
}

function problemsOf(
  { origin, article, pieces }: TransferOrder,
  held: { readonly north: readonly Movement[]; readonly south: readonly Movement[] },
  parked: number,
): string[] {
  const times = `booked ${held.north.length} times in the north and ${held.south.length} times in the south`
  if (pieces > opening)
    return [
      held.north.length + held.south.length > 0 && `asks for too much, and is ${times}`,
      parked !== 1 && `asks for too much, and parked ${parked} times`,
    ].filter(text => text !== false)
  const wanted = {
    north: origin === 'north' ? -pieces : pieces,
    south: origin === 'south' ? -pieces : pieces,
  }
  const wrong = (['north', 'south'] as const).filter(side =>
    held[side].some(each => each.pieces !== wanted[side] || each.article !== article),
  )
  return [
    parked > 0 && 'parked, with nothing wrong',
    (held.north.length !== 1 || held.south.length !== 1) && times,
    wrong.length > 0 && `booked otherwise in the ${wrong.join(' and the ')}`,
  ].filter(text => text !== false)
}

function stockProblems(name: string, { stock, movements, promises }: WarehouseTruth): string[] {
  const byArticle = Map.groupBy(movements, ({ article }) => article)
  const problems = stock.flatMap(({ article, pieces }) => {
    const moved = (byArticle.get(article) ?? []).reduce((sum, each) => sum + each.pieces, 0)
    if (opening + moved === pieces) return []
    return [`${article}: ${pieces} in the ${name} do not fit ${opening} at the beginning and what was moved`]
  })
  return promises === 0 ? problems : [...problems, `${promises} promises stand in the ${name}`]
}

function byTransfer({ movements }: WarehouseTruth): Map<string, readonly Movement[]> {
  return new Map(Map.groupBy(movements, ({ transfer }) => transfer))
}
