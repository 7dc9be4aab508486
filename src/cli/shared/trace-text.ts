import { messageName } from '../../server/operations/operations.ts'
import type { TracedMessage } from '../../server/operations/schemas.ts'
import { diffData, leaves } from './data-diff.ts'
import { age, moment, plural, safe, type Terminal } from './terminal.ts'
import { widthOf } from './text-width.ts'

type Hop = TracedMessage['hops'][number]

const stateNames: Readonly<Record<string, string>> = { doubt: 'in doubt' }

/** Everything that happened to a message, as a person reads it. */
export function traceText(message: TracedMessage, terminal: Terminal): string {
  const { bold } = terminal.colour
  const name = bold(messageName(message))
  const lines = [`${name}  ${stateBadge(message.state, terminal)}`, ...facts(message, terminal), '']
  for (const [n, hop] of message.hops.entries()) lines.push(...hopLines(hop, n + 1, terminal))
  if (message.body.text !== undefined)
    lines.push(`  ${terminal.colour.dim('body')} ${safe(message.body.text)}`)
  if (message.masked)
    lines.push(terminal.colour.dim('  Personal data are shown as ***; --show-pii shows them.'))
  return lines.join('\n')
}

function stateBadge(state: string, { colour }: Terminal): string {
  const name = stateNames[state] ?? state
  if (state === 'delivered') return colour.green(name)
  if (state === 'parked' || state === 'doubt') return colour.red(name)
  return state === 'discarded' || state === 'filtered' ? colour.dim(name) : colour.yellow(name)
}

function facts(message: TracedMessage, { colour }: Terminal): string[] {
  const { dim, red } = colour
  const fact = (name: string, text: string) => `  ${dim(name.padEnd(9))} ${text}`
  const { key, source, type, id, cause, acceptedAt, endedAt, attempts, crashes, error, note, edited, due } =
    message
  const took = endedAt === undefined ? '' : dim(`, ${duration(endedAt - acceptedAt)} after it was accepted`)
  const lines = [
    fact('key', safe(key)),
    fact('accepted', `${moment(acceptedAt)} from ${source} as ${type}, ${message.body.bytes} bytes`),
    fact('id', dim(id)),
  ]
  if (cause) lines.push(fact('led to by', `message ${dim(cause)}`))
  if (endedAt !== undefined) lines.push(fact(message.state, moment(endedAt) + took))
  const deaths = crashes > 0 ? `, ${plural(crashes, 'time')} when the process died` : ''
  if (attempts > 0) lines.push(fact('attempts', `${attempts}${deaths}`))
  if (due !== undefined && message.state === 'retrying')
    lines.push(fact('next', `in ${age(due - Date.now())}`))
  if (error) {
    const step = error.step === undefined ? '' : ` at ${error.step}`
    lines.push(fact('reason', `${red(error.code)}${step}: ${safe(error.reason)}`))
  }
  if (note) lines.push(fact('note', safe(note)))
  if (edited) lines.push(fact('edited', `${moment(edited.at)} by ${safe(edited.by)}`))
  for (const { do: what, by, why, at } of message.decisions)
    lines.push(fact('decided', `${moment(at)} ${what} by ${safe(by)}${why ? `: ${safe(why)}` : ''}`))
  return lines
}

function hopLines(hop: Hop, n: number, terminal: Terminal): string[] {
  const { bold, dim, red, yellow } = terminal.colour
  const { call, error } = hop
  const pending = call?.state === 'open' && error === 'not reached yet'
  const mark =
    error === undefined
      ? ''
      : pending
        ? yellow(' waits')
        : red(call?.state === 'doubt' ? ' in doubt' : ' failed')
  const channel = call && call.channel !== hop.step ? dim(` → ${call.channel}`) : ''
  const kind = hop.kind === hop.step ? '' : dim(` ${hop.kind}`)
  const lines = [`  ${dim(String(n).padStart(2))} ${bold(safe(hop.step))}${kind}${channel}${mark}`]
  if (call) lines.push(...callLines(hop, call, terminal))
  for (const { rule, reason } of hop.warnings ?? [])
    lines.push(`     ${yellow(`breaks ${safe(rule)}`)}  ${safe(reason)}`)
  if (error !== undefined && !pending) {
    lines.push(...(call ? [] : fieldLines(hop.before, dim('·'))), `     ${red(safe(error))}`)
  } else if (typeof hop.after === 'string' && hop.after.startsWith('filtered: '))
    lines.push(`     ${dim(safe(hop.after))}`)
  else if (error === undefined) lines.push(...dataLines(hop, terminal))
  return lines
}

function callLines(hop: Hop, call: NonNullable<Hop['call']>, { colour }: Terminal): string[] {
  const { dim, green, yellow } = colour
  const states = {
    done: green('done'),
    doubt: yellow('sent, not answered'),
    failed: yellow('failed'),
    open: dim('not done'),
  }
  const lines = [`     ${dim('effect')}  ${states[call.state]}  ${dim(call.effectKey)}`]
  if (JSON.stringify(call.request) !== JSON.stringify(hop.before))
    lines.push(`     ${dim('sent')}    ${safe(JSON.stringify(call.request))}`)
  if (call.answer !== undefined) lines.push(`     ${dim('answer')}  ${safe(JSON.stringify(call.answer))}`)
  return lines
}

/** What the step changed. Where the data are new ones, all of them. */
function dataLines(hop: Hop, { colour }: Terminal): string[] {
  const { dim, green, red, yellow } = colour
  if (hop.kind === 'source' || hop.kind === 'map') return fieldLines(hop.after, green('+'))
  if (hop.hiddenChange) return [dim('     changed what is masked')]
  const changes = diffData(hop.before, hop.after)
  if (changes.length === 0) return hop.call ? [] : [dim('     no change')]
  return aligned(
    changes.map(({ path, before, after }) => {
      if (before === undefined) return [green('+'), path, green(safe(after ?? ''))]
      if (after === undefined) return [red('-'), path, red(safe(before))]
      return [yellow('~'), path, `${red(safe(before))} ${dim('→')} ${green(safe(after))}`]
    }),
  )
}

function fieldLines(data: unknown, mark: string): string[] {
  return aligned([...leaves(data)].map(([path, json]) => [mark, path, safe(json)]))
}

function aligned(rows: readonly (readonly [mark: string, path: string, text: string])[]): string[] {
  const width = Math.min(28, Math.max(0, ...rows.map(([, path]) => widthOf(path))))
  return rows.map(([mark, path, text]) => {
    return `     ${mark} ${safe(path)}${' '.repeat(Math.max(0, width - widthOf(path)))}  ${text}`
  })
}

function duration(milliseconds: number): string {
  return milliseconds < 10_000 ? `${milliseconds} ms` : age(milliseconds)
}
