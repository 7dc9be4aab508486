import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import type { InDoubt } from '../server/operations/transaction-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, moment, safe, type Terminal } from './shared/terminal.ts'

export const indoubtShowCommand = command({
  name: 'indoubt show',
  parameters: 'GID',
  summary: 'show what the log and each database say of one transaction',
  options: placeOptions,
  async run({ values, positionals, terminal, environment }) {
    const [gid = ''] = positionals
    const { operations, close } = await openAccess(values, environment)
    try {
      const [found] = (await operations.transactions.inDoubt(gid)).transactions
      if (!found) throw new IsthmusError('CONTROL-REFUSED', `There is no open transaction ${gid}.`)
      if (values.json) terminal.json(found)
      else print(found, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function print(found: InDoubt, terminal: Terminal): void {
  const { bold, dim, red, yellow } = terminal.colour
  const { gid, transaction, state, needsPerson, began, decision, reason, branches, next } = found
  terminal.line(`${bold(safe(gid))}  ${(needsPerson ? red : yellow)(state)}`)
  terminal.line(`  ${dim('of'.padEnd(9))} ${safe(transaction)}`)
  if (began !== undefined)
    terminal.line(`  ${dim('began'.padEnd(9))} ${moment(began)}, ${age(Date.now() - began)} ago`)
  if (decision !== undefined) terminal.line(`  ${dim('decided'.padEnd(9))} ${decision}`)
  if (reason !== undefined) terminal.line(`  ${dim('reason'.padEnd(9))} ${safe(reason)}`)
  terminal.line()
  for (const branch of branches) {
    terminal.line(`  ${bold(safe(branch.system))}  ${dim(safe(branch.id))}`)
    terminal.line(`     ${dim('log     ')}  ${branch.logged}`)
    terminal.line(`     ${dim('database')}  ${databaseSays(branch)}`)
  }
  if (next.length > 0) terminal.line()
  for (const { command: line, what } of next) terminal.line(`  ${dim('›')} ${safe(line)}  ${dim(what)}`)
  if (next.length === 0) terminal.line(`\n  ${dim('It ends by itself as soon as its databases answer.')}`)
}

function databaseSays({ database, since, reason }: InDoubt['branches'][number]): string {
  if (database === 'not asked') return `not asked: ${safe(reason ?? '')}`
  if (database === 'not promised') return 'nothing stands there: it is over, or was never promised'
  const long = since === undefined ? '' : ` since ${moment(since)} (${age(Date.now() - since)})`
  return `promised${long}, and holds its locks`
}
