import { messageName } from '../../server/operations/operations.ts'
import type { Previewed, ReplayPreview, ReplayReport } from '../../server/operations/replay-schemas.ts'
import { moment, plural, safe, type Terminal } from './terminal.ts'

type Act = Previewed['effects'][number]['act']

const words: Readonly<Record<Act, string>> = {
  known: 'is recorded as done, and not sent',
  'same-key': 'is sent again under its key, which the target or its readers know',
  probe: 'the target is asked first, and it is sent only if it is not there',
  read: 'is asked again, and changes nothing',
  first: 'is done for the first time',
  unsure: 'is sent, and may have been done before',
  anew: 'is done once more, under a new key',
}

export interface Totals {
  readonly messages: number
  readonly refused: number
  readonly differing: number
  readonly effects: Readonly<Partial<Record<Act, number>>>
  readonly doubles: number
}

export function totalsOf({ messages }: Pick<ReplayPreview, 'messages'>): Totals {
  const able = messages.filter(({ refused }) => refused === undefined)
  const effects: Partial<Record<Act, number>> = {}
  for (const { act } of able.flatMap(message => message.effects)) effects[act] = (effects[act] ?? 0) + 1
  return {
    messages: messages.length,
    refused: messages.length - able.length,
    differing: able.filter(({ differences }) => differences.length > 0).length,
    effects,
    doubles: able.flatMap(message => message.effects).filter(({ mayDouble }) => mayDouble).length,
  }
}

/** In one sentence or a few. */
export function totalsText({ messages, refused, differing, doubles }: Totals): string {
  const sentences = [`${plural(messages - refused, 'message')} would run again.`]
  if (refused > 0) sentences.push(`${plural(refused, 'message')} cannot.`)
  if (differing > 0) sentences.push(`${differing} would not come out as they did.`)
  sentences.push(doubles === 0 ? 'No effect may double.' : `${plural(doubles, 'effect')} may be done twice.`)
  return sentences.join(' ')
}

/** What a replay would do, as a person reads it. */
export function replayText(preview: ReplayPreview, most: number, terminal: Terminal): string {
  if (preview.messages.length === 0) return 'No message fits.'
  const { dim } = terminal.colour
  const shown = preview.messages.slice(0, most).map(message => messageLines(message, terminal).join('\n'))
  const totals = totalsOf(preview)
  const more = preview.messages.length - shown.length
  const acts = Object.entries(totals.effects).map(
    ([act, count]) => `  ${String(count).padStart(5)} ${words[act as Act]}`,
  )
  return [
    ...shown,
    ...(more > 0 ? [dim(`… and ${plural(more, 'message')} more`)] : []),
    '',
    totalsText(totals),
    ...acts,
    dim('Nothing was done. --do runs them again.'),
  ].join('\n')
}

function messageLines(message: Previewed, { colour }: Terminal): string[] {
  const { bold, dim, red, yellow } = colour
  const { state, key, acceptedAt, refused, effects, end, differences, overtaken } = message
  const lines = [`${bold(messageName(message))}  ${state}  ${safe(key)}  ${dim(moment(acceptedAt))}`]
  if (refused !== undefined) return [...lines, `  ${red('✖')} ${safe(refused)}`]
  for (const { path, channel, act, effectKey, mayDouble } of effects) {
    const mark = mayDouble ? red('!') : dim('·')
    lines.push(
      `  ${mark} ${safe(path)} ${dim(`→ ${channel}`)} ${words[act]} ${dim(effectKey?.slice(0, 12) ?? '')}`,
    )
  }
  lines.push(`  ${dim('ends')} ${safe(end)}`)
  if (overtaken) lines.push(`  ${yellow('later messages of its key are there: it runs behind them')}`)
  for (const { at, was, now } of differences) {
    lines.push(`  ${red('differs')} ${safe(at)}`)
    if (was !== undefined) lines.push(`    ${red('-')} ${safe(JSON.stringify(was))}`)
    if (now !== undefined) lines.push(`    ${colour.green('+')} ${safe(JSON.stringify(now))}`)
  }
  return lines
}

export function replayReportText(
  { done, refused }: Pick<ReplayReport, 'done' | 'refused'>,
  terminal: Terminal,
): string {
  const { green, red } = terminal.colour
  return [
    `${green('✔')} ${plural(done.length, 'message')} will run again`,
    ...refused.map(({ reason, ...name }) => `${red('✖')} ${messageName(name)}: ${safe(reason)}`),
  ].join('\n')
}
