import type { Balance, ParkedPage, Status } from '../../src/server/operations/schemas.ts'
import type { Proof } from './proof.ts'

/** What is known at a moment; what cannot be asked just now is undefined. */
export interface Snapshot {
  readonly seconds: number
  readonly trouble: string
  readonly status: Status | undefined
  /** The last one, and when it was counted. */
  readonly counted: { readonly at: number; readonly balance: Balance } | undefined
  readonly parked: ParkedPage['messages']
  readonly mes: { readonly events: number; readonly unsent: number } | undefined
  readonly books: { readonly issues: number; readonly postings: number } | undefined
}

/** For a screen that is redrawn. `links` are the addresses to open; `width` is that of the screen. */
export function screen(now: Snapshot, links: readonly (readonly [string, string])[], width: number): string {
  const lines = [
    `Isthmus factory   ${clock(now.seconds)}   ${now.trouble || 'all is well'}   Ctrl-C: stop and prove`,
    '',
    '  MES --> material-consumption --> ERP stock --> finance ledger',
    '',
    ...flowTable(now.status),
    '',
    `  MES sent        ${count(now.mes?.events)} events, ${count(now.mes?.unsent)} of them not acknowledged yet`,
    `  ERP holds       ${count(now.books?.issues)} issues, the ledger ${count(now.books?.postings)} postings`,
    `  Conservation    ${now.counted ? `${conservation(now.counted.balance)} (at ${clock(now.counted.at)})` : '?'}`,
    '',
    ...now.parked.map(({ key, reason }) => `  parked ${key}  ${reason}`),
    '',
    ...links.map(([name, address]) => `  ${name.padEnd(15)} ${address}`),
  ]
  return lines.map(line => (line.length > width ? `${line.slice(0, width - 1)}…` : line)).join('\n')
}

/** The same in one line, for a log. */
export function line({ seconds, trouble, status, mes, books }: Snapshot): string {
  const flows = status?.flows.map(flow => {
    const { waiting, retrying, held, parked, inDoubt } = flow
    return (
      `${flow.flow}: ${flow.accepted} accepted (${rate(flow.perSecond?.accepted)}/s), ${flow.ended} ended, ` +
      `${waiting + retrying + held} in flight, ${parked} parked, ${inDoubt} in doubt`
    )
  })
  const held = `ERP ${count(books?.issues)} issues, ledger ${count(books?.postings)} postings`
  return [clock(seconds), flows?.join('; ') ?? 'no answer', `MES sent ${count(mes?.events)}`, held, trouble]
    .filter(Boolean)
    .join(' | ')
}

/** `balanced`: both the item by item comparison and the store's own count hold, and they agree. */
export function proofLines(proof: Proof, balance: Balance): { lines: string[]; balanced: boolean } {
  const { sent, delivered, parked, total, problems } = proof
  const { accepted = 0, ...counts } = balance.flows[0] ?? { delivered: 0, parked: 0 }
  const wrong = [...problems]
  if (!balance.balanced) wrong.push(`Isthmus: ${conservation(balance)}`)
  if (accepted !== sent || counts.delivered !== delivered || counts.parked !== parked.length)
    wrong.push(`Isthmus counts otherwise: ${conservation(balance)}`)
  const verdict =
    wrong.length === 0
      ? 'Balanced: every event is in stock and ledger exactly once, or parked with its reason and posted nowhere.'
      : `NOT BALANCED, ${wrong.length} things are wrong:`
  const lines = [
    'Proof, item by item',
    `  The MES sent                  ${sent} events`,
    `  in ERP stock and ledger once  ${delivered}, CNY ${total} in the ledger`,
    `  parked                        ${parked.length}`,
    ...parked.map(({ eventId, reason }) => `    ${eventId}  ${reason}`),
    `  Conservation                  ${conservation(balance)}`,
    verdict,
    ...wrong.slice(0, 100).map(problem => `  ${problem}`),
  ]
  return { lines, balanced: wrong.length === 0 }
}

const columns = [
  'accepted/s',
  'ended/s',
  'accepted',
  'ended',
  'waiting',
  'retrying',
  'held',
  'parked',
  'in doubt',
]

function flowTable(status: Status | undefined): string[] {
  if (!status) return ['  Isthmus does not answer just now.', '']
  const row = (name: string, cells: readonly (string | number)[]) =>
    `  ${name.padEnd(22)}${cells.map(cell => String(cell).padStart(11)).join('')}`
  const flows = status.flows.map(flow => {
    const { accepted, ended, waiting, retrying, held, parked, inDoubt, perSecond } = flow
    const rates = [rate(perSecond?.accepted), rate(perSecond?.ended)]
    return row(flow.flow, [...rates, accepted, ended, waiting, retrying, held, parked, inDoubt])
  })
  return [row('flow', columns), ...flows]
}

function conservation(balance: Balance): string {
  const sum = (of: 'accepted' | 'delivered' | 'filtered' | 'parked' | 'inFlight') =>
    balance.flows.reduce((total, flow) => total + flow[of], 0)
  const terms = `${sum('delivered')} delivered + ${sum('filtered')} filtered + ${sum('parked')} parked`
  const holds = balance.balanced ? 'holds' : 'IS BROKEN'
  return `${sum('accepted')} accepted = ${terms} + ${sum('inFlight')} in flight: ${holds}`
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? '-' : perSecond.toFixed(1)
}

function count(value: number | undefined): string {
  return value === undefined ? '?' : String(value)
}
