import type { WhyAnswer, WhyStep } from '../../server/operations/messages/schemas.ts'
import { placeText } from './field-tree-text.ts'
import { moment, safe, type Terminal } from './terminal.ts'

const words: Readonly<Record<WhyStep['how'], string>> = {
  sent: 'sent to',
  made: 'at',
  mapped: 'mapped at',
  cleaned: 'cleaned at',
  item: 'taken at',
  answered: 'answered by',
  aggregated: 'put together at',
  edited: 'edited',
  delivered: 'delivered by',
  unknown: 'not known at',
}

/** The value, and indented behind it what it is made of. */
export function whyText({ steps, versions, masked, recomputed }: WhyAnswer, terminal: Terminal): string {
  const { dim } = terminal.colour
  const lines = steps.flatMap((step, at) => stepLines(step, steps[at - 1], terminal))
  for (const { flow, version, hash, since } of versions)
    lines.push(dim(`${flow} is version ${version} (${hash.slice(0, 12)}), since ${moment(since)}`))
  if (!recomputed) lines.push('A flow has changed since then: its steps are shown as they are now.')
  if (masked) lines.push(dim('Personal data are shown as ***; --show-pii shows them.'))
  return lines.join('\n')
}

function stepLines(step: WhyStep, before: WhyStep | undefined, { colour }: Terminal): string[] {
  const { depth, how, field, value, message, channel, rules, complete, note } = step
  const indent = '  '.repeat(depth)
  const place = channel ?? step.step
  const other = message === before?.message ? '' : `  ${message}`
  const lines = [
    `${indent}${colour.bold(field)} = ${shown(value)}  ${colour.dim(`${words[how]} ${place}${note ? `, ${note}` : ''}${other}`)}`,
  ]
  for (const rule of rules) {
    const change =
      'before' in rule ? `  ${shown(rule.before)} → ${'after' in rule ? shown(rule.after) : 'refused'}` : ''
    const text = safe((rule.name ?? rule.text).replaceAll(/\s+/g, ' '))
    lines.push(
      `${indent}  ${colour.dim('by')} ${text}${change}  ${colour.dim(placeText(rule) ?? '')}`.trimEnd(),
    )
  }
  if (!complete)
    lines.push(`${indent}  ${colour.dim('perhaps of more: the function could not be followed to its end')}`)
  return lines
}

function shown(value: unknown): string {
  return value === undefined ? colourless : safe(JSON.stringify(value))
}

const colourless = 'nothing'
