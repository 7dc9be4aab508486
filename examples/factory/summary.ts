import type { Balance, ParkedPage, Status } from '../../src/server/operations/schemas.ts'
import type { Figures } from './plant.ts'
import type { SagaCounts } from './saga-logs.ts'
import type { Workforce } from './workers.ts'

/** What is known at a moment; what cannot be asked just now is undefined. */
export interface Snapshot {
  readonly seconds: number
  readonly trouble: string
  readonly status: Status | undefined
  /** The last one, and when it was counted. */
  readonly counted: { readonly at: number; readonly balance: Balance } | undefined
  readonly parked: ParkedPage['messages']
  readonly mes: Figures | undefined
  readonly erp: Figures | undefined
  readonly crm: Figures | undefined
  readonly hrm: Figures | undefined
  readonly partners: Figures | undefined
  readonly sagas: SagaCounts | undefined
  /** Undefined where there are none. */
  readonly workers: Workforce['workers'] | undefined
  /** When partitions changed hands last, and how many. */
  readonly moved: { readonly at: number; readonly partitions: number } | undefined
}

/** For a screen that is redrawn. `links` are the addresses to open; `width` is that of the screen. */
export function screen(now: Snapshot, links: readonly (readonly [string, string])[], width: number): string {
  const { mes, erp, crm, hrm, partners, sagas } = now
  const lines = [
    `Isthmus factory   ${clock(now.seconds)}   ${now.trouble || 'all is well'}   Ctrl-C: stop and prove`,
    '',
    '  MES --consumption--> ERP --costs--> finance     CRM <--customers--> ERP     HRM --people--> MES, --hours--> ERP',
    '  customers --orders by EDI--> order-placed, to ERP (stock) and finance       supplier --prices on the web--> ERP',
    '  CRM --orders won--> order to cash: reserve (ERP), credit, bill (finance), make (MES), ship (ERP), invoice (finance)',
    '',
    ...flowTable(now.status),
    '',
    `  MES  ${of(mes, 'events')} events sent, ${of(mes, 'unsent')} of them not acknowledged yet; ${of(mes, 'operators')} operators`,
    `  ERP  ${of(erp, 'issues')} issues, in the ledger ${of(erp, 'postings')} postings; ${of(erp, 'customers')} customers, changed ${of(erp, 'changes')} times; ${of(erp, 'receivables')} receivables`,
    `  CRM  ${of(crm, 'customers')} customers, changed ${of(crm, 'changes')} times; ${of(crm, 'orders')} orders won`,
    `  Orders to cash  ${sagas?.completed ?? '?'} completed, ${sagas?.compensated ?? '?'} taken back, ${sagas?.open ?? '?'} under way`,
    `  HRM  ${of(hrm, 'employees')} people, ${of(hrm, 'timesheets')} days of their hours dropped as files`,
    `  Partners  ${of(partners, 'orders')} orders by EDI, ${of(partners, 'damaged')} of them damaged; prices set ${of(partners, 'priceChanges')} times`,
    ...(now.workers ? [`  Workers  ${shares(now.workers)}${movedLast(now)}`] : []),
    now.counted ? `  At ${clock(now.counted.at)}: ${conservation(now.counted.balance)}` : '',
    '',
    ...now.parked.map(({ key, reason }) => `  parked ${key}  ${reason}`),
    '',
    ...links.map(([name, address]) => `  ${name.padEnd(12)} ${address}`),
  ]
  return lines.map(line => (line.length > width ? `${line.slice(0, width - 1)}…` : line)).join('\n')
}

/** The same in one line, for a log. */
export function line(now: Snapshot): string {
  const { seconds, trouble, status, mes, sagas, workers } = now
  const flows = status?.flows.map(({ flow, accepted, ended, parked, inDoubt }) => {
    const aside = [parked > 0 && `${parked} parked`, inDoubt > 0 && `${inDoubt} in doubt`]
    return [`${flow} ${accepted} in, ${ended} out`, ...aside].filter(Boolean).join(', ')
  })
  return [
    clock(seconds),
    trouble || 'all is well',
    ...(workers ? [`workers ${shares(workers)}${movedLast(now)}`] : []),
    `MES sent ${of(mes, 'events')}`,
    `orders to cash ${sagas?.completed ?? '?'} completed, ${sagas?.compensated ?? '?'} taken back`,
    ...(flows ?? ['Isthmus does not answer']),
  ].join(' | ')
}

function shares(workers: Workforce['workers']): string {
  const partitions = workers.map(worker => worker.partitions).join(' + ')
  return `${workers.length} live${workers.length > 0 ? `, with ${partitions} partitions` : ''}`
}

function movedLast({ moved }: Snapshot): string {
  return moved ? `; ${moved.partitions} changed hands at ${clock(moved.at)}` : ''
}

/** Accepted = what became of it, over all flows. */
export function conservation(balance: Balance): string {
  const sum = (of: 'accepted' | 'delivered' | 'filtered' | 'parked' | 'inFlight') =>
    balance.flows.reduce((total, flow) => total + flow[of], 0)
  const terms = `${sum('delivered')} delivered + ${sum('filtered')} filtered + ${sum('parked')} parked`
  const holds = balance.balanced ? 'holds' : 'IS BROKEN'
  return `${sum('accepted')} accepted = ${terms} + ${sum('inFlight')} in flight: ${holds}`
}

const columns = ['in/s', 'out/s', 'accepted', 'ended', 'waiting', 'retrying', 'held', 'parked', 'in doubt']

function flowTable(status: Status | undefined): string[] {
  if (!status) return ['  Isthmus does not answer just now.', '', '', '', '']
  const row = (name: string, cells: readonly (string | number)[]) => {
    const padded = cells.map((cell, index) => String(cell).padStart((columns[index] as string).length + 2))
    return `  ${name.padEnd(21)}${padded.join('')}`
  }
  const flows = status.flows.map(flow => {
    const { accepted, ended, waiting, retrying, held, parked, inDoubt, perSecond } = flow
    const rates = [rate(perSecond?.accepted), rate(perSecond?.ended)]
    return row(flow.flow, [...rates, accepted, ended, waiting, retrying, held, parked, inDoubt])
  })
  return [row('flow', columns), ...flows]
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(11, 19)
}

function rate(perSecond: number | undefined): string {
  return perSecond === undefined ? '-' : perSecond.toFixed(1)
}

function of(figures: Figures | undefined, name: string): string {
  return String(figures?.[name] ?? '?')
}
