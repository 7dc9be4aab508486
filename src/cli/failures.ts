import { exitCodes } from '../server/exit-code.ts'
import type { FailureReport } from '../server/operations/failures/failure-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { age, count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const failuresCommand = command({
  name: 'failures',
  parameters: '',
  summary: 'show messages set aside, by cause and with what to do',
  options: {
    flow: { value: 'FLOW', help: 'only messages of this flow' },
    system: { value: 'SYSTEM', help: 'only those that failed when this system was called' },
    code: { value: 'CODE', help: 'only those with this error code' },
    'in-doubt': { help: 'only those in doubt' },
    ...placeOptions,
  },
  more: 'GROUP names a cause in isthmus batch start --group.',
  async run({ values, terminal, environment }) {
    const { flow, system, code } = values
    const { operations, close } = await openAccess(values, environment)
    const state = values['in-doubt'] ? 'doubt' : undefined
    const report = await operations.failures.report({ flow, system, code, state }).finally(close)
    if (values.json) terminal.json(report)
    else print(report, terminal)
    return exitCodes.ok
  },
})

const advice = {
  'replay-as-is': 'system was down: retry',
  'needs-fix': 'bad data: edit',
  'needs-code': 'flow or contract: change it',
  'database-lock': 'database lock: retry slowly',
  'may-have-happened': 'may have happened: verify',
  look: 'look at one',
} as const

function print({ groups, total, more = 0 }: FailureReport, terminal: Terminal): void {
  const { dim, green, red } = terminal.colour
  if (total === 0) {
    terminal.line(`${green('✔')} No message waits for a decision.`)
    return
  }
  const rows = groups.map(({ group, flow, cause, code, verdict, last, owner = '', ...each }) => [
    dim(group),
    flow,
    count(each.count),
    age(Date.now() - last),
    red(code),
    safe(cause),
    advice[verdict],
    safe(owner),
  ])
  const titles = ['GROUP', 'FLOW', 'COUNT', 'LAST', 'CODE', 'CAUSE', 'WHAT TO DO', 'OWNER']
  const isNumber = (title: string) => title === 'COUNT' || title === 'LAST'
  terminal.line(
    table(
      terminal,
      titles.map(title => ({ title, right: isNumber(title) })),
      rows,
    ),
  )
  terminal.line()
  const smaller = more > 0 ? `, and ${plural(more, 'smaller cause')}` : ''
  terminal.line(
    `  ${plural(total, 'message')}${smaller}  ${dim('isthmus batch start --group GROUP --why TEXT')}`,
  )
}
