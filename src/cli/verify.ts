import { verify } from '../engine/verify.ts'
import { exitCodes } from '../server/exit-code.ts'
import type { Balance } from '../server/operations/schemas.ts'
import { openAccess, openStoreToRead, type PlaceValues, placeOptions } from './shared/access.ts'
import { type Call, command } from './shared/command.ts'
import { count, safe, type Terminal, table } from './shared/terminal.ts'

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
    'Ends with 3 when something is missing or counted twice, and lists it.',
  async run({ values, positionals, terminal, environment }) {
    const balance = await balanceOf({ ...values, landscape: positionals[0] }, environment, values.flow)
    if (values.json) terminal.json(balance)
    else print(balance, terminal)
    return balance.balanced ? exitCodes.ok : exitCodes.notBalanced
  },
})

/** From the store itself, without asking the instance to vouch for itself, where its address is known. */
async function balanceOf(place: PlaceValues, environment: Call['environment'], flow: string | undefined) {
  const store = await openStoreToRead(place, environment)
  if (!store) return (await openAccess(place, environment)).operations.balance(flow)
  try {
    return await verify(store.read, flow)
  } finally {
    await store.close()
  }
}

const columns = ['ACCEPTED', 'DELIVERED', 'FILTERED', 'PARKED', 'IN FLIGHT', 'IN DOUBT'].map(title => {
  return { title, right: true }
})

function print(
  { balanced, flows }: Pick<Balance, 'balanced'> & { flows: readonly Flow[] },
  terminal: Terminal,
): void {
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
  const formula = dim('accepted = delivered + filtered + parked + in flight')
  terminal.line(balanced ? `  ${green('✔ balanced')}  ${formula}` : `  ${red('✖ not balanced')}  ${formula}`)
}

type Flow = Omit<Balance['flows'][number], 'broken'> & {
  readonly broken: readonly {
    readonly seq: number
    readonly key?: string | undefined
    readonly reason: string
  }[]
}
