import type { FlowUse } from './contract-usage.ts'
import type { ImportReport } from './import-plan.ts'
import { count, plural, safe, singular, type Terminal } from './terminal.ts'

/** Problems that are shown to people. */
const mostProblems = 12

/** What an import has found, for people. */
export function printImport(terminal: Terminal, report: ImportReport): void {
  const { bold, dim, yellow } = terminal.colour
  const { title, version, counts, problems, models, channels, system } = report
  const found = Object.entries(counts).filter(([, number]) => number > 0)
  terminal.line(`${bold(safe(title))} ${safe(version ?? '')}`.trimEnd())
  terminal.line(
    `  ${found.map(([name, number]) => plural(number, singular(safe(name)))).join(', ') || 'nothing'}`,
  )
  terminal.line(
    `  ${dim(`${plural(models, 'model')} and ${plural(channels, 'channel')} for the system ${system}`)}`,
  )
  for (const { place, problem } of problems.slice(0, mostProblems))
    terminal.line(`${yellow('!')} ${safe(`${place}: ${problem}`)}`)
  const more = problems.length - mostProblems
  if (more > 0) terminal.line(`${yellow('!')} ${count(more)} more: --json tells them all`)
  printChanges(terminal, report)
  if (report.isUpToDate)
    terminal.line(`Nothing is different: ${report.module.replace(/\.new\.ts$/, '.ts')} stays as it is.`)
  if (report.isChanged) {
    const original = report.module.replace(/\.new\.ts$/, '')
    terminal.line(
      `${yellow('!')} ${original}.ts was changed by hand, or not written by an import, and stays as it is.\n` +
        `  Take over what you need from ${report.module}, and move ${original}.new.contract.json to ${original}.contract.json.`,
    )
  }
}

function printChanges(terminal: Terminal, { changes, flowsUnknown }: ImportReport): void {
  const { red, green, dim } = terminal.colour
  for (const { of, name, path, text, breaking, why, flows } of changes) {
    const place = path ? `${name}.${path}` : `${of} ${name}`
    terminal.line(`${breaking ? red('breaking') : green('fine    ')} ${safe(place)} ${safe(text)}`)
    terminal.line(`         ${dim(safe(why))}`)
    for (const flow of flows)
      terminal.line(`         ${breaking ? red(flowText(flow)) : dim(flowText(flow))}`)
  }
  const breaking = changes.filter(change => change.breaking).length
  if (changes.length > 0)
    terminal.line(
      `${plural(changes.length, 'difference')}, ${breaking === 0 ? 'none breaking' : `${count(breaking)} breaking`}`,
    )
  if (flowsUnknown !== undefined)
    terminal.line(dim(`Which flows they meet is not known: ${safe(flowsUnknown)}`))
}

function flowText({ flow, step, certain }: FlowUse): string {
  const where = step === undefined ? 'begins with it' : `step ${step}`
  return certain
    ? `flow ${flow}, ${where}`
    : `flow ${flow}, ${where}: perhaps, which fields it uses is not known`
}
