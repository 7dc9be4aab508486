import { exitCodes } from '../server/exit-code.ts'
import type { InDoubtList } from '../server/operations/transaction-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const indoubtListCommand = command({
  name: 'indoubt list',
  parameters: '',
  summary: 'list transactions over several databases that are not over',
  options: placeOptions,
  more: 'While the instance runs, its databases are asked too: what stands there holds its locks.',
  async run({ values, terminal, environment }) {
    const { operations, close } = await openAccess(values, environment)
    try {
      const found = await operations.transactions.inDoubt()
      if (values.json) terminal.json(found)
      else print(found, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print({ transactions, unasked }: InDoubtList, terminal: Terminal): void {
  const { dim, green, red, yellow } = terminal.colour
  if (transactions.length === 0) terminal.line(`${green('✔')} No transaction is in doubt.`)
  else {
    const rows = transactions.map(each => [
      safe(each.gid),
      safe(each.transaction),
      (each.needsPerson ? red : yellow)(each.state),
      each.began === undefined ? '' : age(Date.now() - each.began),
      safe(
        each.branches
          .filter(({ database }) => database === 'promised')
          .map(({ system }) => system)
          .join(', '),
      ),
    ])
    const titles = ['GID', 'TRANSACTION', 'STATE', 'AGE', 'HOLDS LOCKS IN']
    const columns = titles.map(title => ({ title, right: title === 'AGE' }))
    terminal.line(table(terminal, columns, rows))
    terminal.line()
    terminal.line(`  ${plural(transactions.length, 'transaction')}  ${dim('isthmus indoubt show GID')}`)
  }
  for (const { system, reason } of unasked)
    terminal.line(`  ${yellow('not asked')} ${system}: ${safe(reason)}`)
}
