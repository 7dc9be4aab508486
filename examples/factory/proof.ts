import type { ErpTruth } from './erp/database.ts'
import type { SentEvent } from './mes/database.ts'
import { perUnit } from './mes/master-data.ts'

/** A message that Isthmus has set aside for a person. */
export interface ParkedEvent {
  readonly eventId: string
  readonly reason: string
}

export interface Proof {
  readonly sent: number
  /** Events that stand in stock and ledger, once each, with the right quantity and amount. */
  readonly delivered: number
  readonly parked: readonly ParkedEvent[]
  /** CNY in the ledger. */
  readonly total: string
  /** One line for each thing that is not as it should be: none if it balances. */
  readonly problems: readonly string[]
}

type StockTruth = Pick<ErpTruth, 'materials' | 'issues' | 'postings'>

/**
 * Compares item by item what the MES sent with what the ERP and the ledger hold. It knows nothing of how Isthmus works
 * and calculates on its own, in integers. An event with something wrong on purpose must be parked and posted nowhere;
 * every other must stand in stock and ledger exactly once.
 */
export function prove(events: readonly SentEvent[], erp: StockTruth, parked: readonly ParkedEvent[]): Proof {
  const issues = Map.groupBy(erp.issues, issue => issue.reference)
  const postings = Map.groupBy(erp.postings, posting => posting.reference)
  const reasons = Map.groupBy(parked, event => event.eventId)
  const prices = new Map(erp.materials.map(({ code, price }) => [code, integer(price)]))
  const problems: string[] = []
  let delivered = 0
  for (const event of events) {
    const { eventId } = event
    const held = { issues: issues.get(eventId) ?? [], postings: postings.get(eventId) ?? [] }
    const found = problemsOf(event, held, reasons.get(eventId)?.length ?? 0, prices)
    problems.push(...found.map(problem => `${eventId}: ${problem}`))
    if (found.length === 0 && event.quirk === null) delivered++
    for (const known of [issues, postings, reasons]) known.delete(eventId)
  }
  for (const reference of new Set([...issues.keys(), ...postings.keys(), ...reasons.keys()]))
    problems.push(`${reference}: the MES never sent it`)
  problems.push(...stockProblems(erp))
  const cents = erp.postings.reduce((sum, { amount }) => sum + integer(amount), 0n)
  return {
    sent: events.length,
    delivered,
    parked,
    total: `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`,
    problems,
  }
}

type Held = { readonly issues: ErpTruth['issues']; readonly postings: ErpTruth['postings'] }

function problemsOf(
  event: SentEvent,
  { issues, postings }: Held,
  parked: number,
  prices: ReadonlyMap<string, bigint>,
): string[] {
  const problems: string[] = []
  if (event.open > 0) problems.push('the MES has no good answer for it yet')
  if (event.quirk !== null) {
    if (parked !== 1) problems.push(`${event.quirk} on purpose, and parked ${parked} times`)
    if (issues.length + postings.length > 0)
      problems.push(`${event.quirk} on purpose, and posted all the same`)
    return problems
  }
  if (parked > 0) problems.push('parked, with nothing wrong')
  if (issues.length !== 1) problems.push(`${issues.length} issues of stock`)
  if (postings.length !== 1) problems.push(`${postings.length} postings in the ledger`)
  const [issue] = issues
  const [posting] = postings
  const material = event.material.trim().toUpperCase()
  const thousandths = BigInt(Math.round(Number(event.qty) * (perUnit[event.uom.toLowerCase()] ?? 0)))
  if (issue && (issue.material !== material || integer(issue.quantity) !== thousandths))
    problems.push(
      `${event.qty} ${event.uom} of ${material}, but stock has ${issue.quantity} of ${issue.material}`,
    )
  // Thousandths by ten-thousandths of a yuan; half a cent is rounded up.
  const cents = (thousandths * (prices.get(material) ?? 0n) + 50_000n) / 100_000n
  if (posting && integer(posting.amount) !== cents)
    problems.push(`costs ${cents} cents, but the ledger has CNY ${posting.amount}`)
  return problems
}

/** What was issued is what is missing from the stock. */
function stockProblems({ materials, issues }: StockTruth): string[] {
  const byMaterial = Map.groupBy(issues, ({ material }) => material)
  return materials.flatMap(({ code, opening, stock }) => {
    const issued = (byMaterial.get(code) ?? []).reduce((sum, { quantity }) => sum + integer(quantity), 0n)
    if (integer(opening) - issued === integer(stock)) return []
    return [`${code}: ${opening} at the beginning and ${stock} now do not fit what was issued`]
  })
}

/** A decimal without its point: all of one kind have the same number of places. */
function integer(decimal: string): bigint {
  return BigInt(decimal.replace('.', ''))
}
