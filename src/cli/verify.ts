import { verify } from '../engine/verify.ts'
import { exitCodes } from '../server/exit-code.ts'
import { damageAt, existingStoreAt } from '../server/open-store.ts'
import type { Balance } from '../server/operations/schemas.ts'
import { findStore, openAccess, type PlaceValues, placeOptions } from './shared/access.ts'
import { type Call, command } from './shared/command.ts'
import { count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const verifyCommand = command({
  name: 'verify',
  parameters: '[LANDSCAPE]',
  summary: 'prove that every accepted message is accounted for',
  options: {
    data: placeOptions.data,
    flow: { value: 'FLOW', help: 'of one flow only' },
  },
  more:
    'Counts every message in the store, whether an instance works on it or not, and finds each in exactly one state.\n' +
    'Counts the events of every stream too, and finds each saga and each transaction in exactly one state. Ends with 3 when something is missing or counted twice, and lists it.\n' +
    'Before that, all of an SQLite store is read and its checksums are compared. Ends with 5 when it is damaged, and\n' +
    'lists what; nothing is counted then.',
  async run({ values, positionals, terminal, environment }) {
    const found = await examine({ ...values, landscape: positionals[0] }, environment, values.flow)
    const isDamaged = found.damage !== undefined && found.damage.length > 0
    if (values.json) terminal.json(found)
    else if (isDamaged) printDamage(found.damage, terminal)
    else print(found, terminal)
    if (isDamaged) return exitCodes.storage
    return found.balanced ? exitCodes.ok : exitCodes.notBalanced
  },
})

type Found = Pick<Balance, 'balanced'> & {
  readonly flows: readonly Flow[]
  readonly streams?: Streams | undefined
  /** Undefined where the store is not in files of ours. */
  readonly damage?: readonly string[] | undefined
}

/** The store itself, without asking the instance to vouch for itself, where its address is known. */
async function examine(
  place: PlaceValues,
  environment: Call['environment'],
  flow: string | undefined,
): Promise<Found> {
  const { at, landscape } = await findStore(place, environment)
  if (!at) return (await openAccess(place, environment)).operations.balance(flow)
  const store = existingStoreAt(at)
  const damage = damageAt(at)
  if (damage?.length) return { balanced: false, flows: [], damage }
  try {
    return { ...(await verify(store.read, flow, landscape)), damage }
  } finally {
    await store.close()
  }
}

function printDamage(damage: readonly string[], terminal: Terminal): void {
  const { red } = terminal.colour
  for (const problem of damage) terminal.line(`  ${red('✖')} ${safe(problem)}`)
  terminal.line(`  ${red('✖ damaged')}  Check the disk, and restore the last backup.`)
}

const columns = ['ACCEPTED', 'DELIVERED', 'FILTERED', 'PARKED', 'IN FLIGHT', 'IN DOUBT'].map(title => {
  return { title, right: true }
})

function print({ balanced, flows, streams }: Found, terminal: Terminal): void {
  const { green, red, dim } = terminal.colour
  const rows = flows.map(each => {
    const { accepted, delivered, filtered, parked, inFlight, inDoubt } = each
    return [each.flow, ...[accepted, delivered, filtered, parked, inFlight, inDoubt].map(count)]
  })
  if (rows.length === 0) terminal.line('  No message has been accepted yet.')
  else terminal.line(table(terminal, [{ title: 'FLOW' }, ...columns], rows))
  terminal.line()
  for (const { flow, broken } of flows)
    for (const { seq, key, reason } of broken)
      terminal.line(`  ${red('✖')} ${flow}/${seq}${key === undefined ? '' : ` (${safe(key)})`}: ${reason}`)
  for (const { kind, key, reason } of streams?.broken ?? [])
    terminal.line(`  ${red('✖')} stream ${safe(`${kind} ${key}`)}: ${reason}`)
  if (streams) printSagas(streams, terminal)
  if (streams?.streams)
    terminal.line(`  ${count(streams.streams)} streams with ${count(streams.events)} events`)
  const formula = dim('accepted = delivered + filtered + parked + in flight')
  terminal.line(balanced ? `  ${green('✔ balanced')}  ${formula}` : `  ${red('✖ not balanced')}  ${formula}`)
}

function printSagas({ sagas, transactions }: Streams, terminal: Terminal): void {
  const { dim } = terminal.colour
  const titled = (titles: readonly string[]) => titles.map((title, n) => ({ title, right: n > 0 }))
  const rows = sagas.map(({ saga, started, completed, compensated, inFlight, needsPerson }) => {
    return [saga, ...[started, completed, compensated, inFlight, needsPerson].map(count)]
  })
  const columns = ['SAGA', 'STARTED', 'COMPLETED', 'COMPENSATED', 'IN FLIGHT', 'NEEDS PERSON']
  if (rows.length > 0) terminal.line(`${table(terminal, titled(columns), rows)}\n`)
  const { begun, committed, rolledBack, open, mixed } = transactions
  if (begun === 0) return
  const parts = [
    `${count(committed)} committed`,
    `${count(rolledBack)} rolled back`,
    `${count(open)} open`,
    `${count(mixed)} mixed`,
  ]
  terminal.line(`  ${plural(begun, 'transaction')} over several databases ${dim('=')} ${parts.join(' + ')}\n`)
}

type Streams = Omit<NonNullable<Balance['streams']>, 'sagas' | 'broken'> & {
  readonly sagas: readonly NonNullable<Balance['streams']>['sagas'][number][]
  readonly broken: readonly NonNullable<Balance['streams']>['broken'][number][]
}

type Flow = Omit<Balance['flows'][number], 'broken'> & {
  readonly broken: readonly {
    readonly seq: number
    readonly key?: string | undefined
    readonly reason: string
  }[]
}
