import type { SagaDetail } from '../../server/operations/saga-schemas.ts'
import { age, moment, plural, safe, type Terminal } from './terminal.ts'

type Entry = SagaDetail['timeline'][number]
type Step = SagaDetail['steps'][number]

/** Everything that happened to a saga, what is known of each side, and what can be done, as a person reads it. */
export function sagaText(saga: SagaDetail, terminal: Terminal): string {
  const { bold, dim } = terminal.colour
  const name = bold(safe(`${saga.saga}/${saga.key}`))
  const lines = [`${name}  ${stateBadge(saga.state, terminal)}`, ...facts(saga, terminal), '']
  lines.push(...saga.timeline.flatMap(entry => entryLines(entry, saga, terminal)), '')
  lines.push(dim('  What is known of each side:'))
  for (const step of saga.steps) lines.push(...stepLines(step, terminal))
  if (saga.next.length > 0) lines.push('')
  for (const { command, what } of saga.next) lines.push(`  ${dim('›')} ${safe(command)}  ${dim(safe(what))}`)
  if (saga.masked) lines.push(dim('  Personal data are shown as ***; --show-pii shows them.'))
  return lines.join('\n')
}

export function stateBadge(state: string, { colour }: Pick<Terminal, 'colour'>): string {
  if (state === 'completed') return colour.green(state)
  if (state === 'needs person') return colour.red(state)
  return state === 'compensated' ? colour.dim(state) : colour.yellow(state)
}

function facts(saga: SagaDetail, { colour }: Terminal): string[] {
  const { dim, red } = colour
  const fact = (name: string, text: string) => `  ${dim(name.padEnd(9))} ${text}`
  const { began, version, by, cause, parent, held, turned, paused, person, input, waits, needs } = saga
  const who = by === undefined ? `message ${dim(safe(cause))}` : safe(by)
  const lines = [fact('began', `${moment(began)} by ${who}, as version ${version}`)]
  if (parent) lines.push(fact('child of', safe(`${parent.saga}/${parent.key} (${parent.stage})`)))
  if (input !== undefined) lines.push(fact('input', safe(JSON.stringify(input))))
  if (held !== undefined) lines.push(fact('held', red(safe(held))))
  if (turned !== undefined) lines.push(fact('turned', safe(turned)))
  if (paused !== undefined)
    lines.push(fact('paused', `${moment(paused.at)} by ${safe(paused.by)}: ${safe(paused.why)}`))
  if (person !== undefined) lines.push(fact('person', `${safe(person.by)}, since ${moment(person.at)}`))
  for (const { step, for: what, until } of waits) {
    const left = until === undefined ? '' : `, for ${age(until - Date.now())} more`
    lines.push(fact('waits', `${safe(step)}: ${safe(what)}${left}`))
  }
  for (const { step, doing, code, reason, unsure } of needs) {
    const doubt = unsure ? ', may have happened' : ''
    const what = doing === 'undo' ? `taking back ${step}` : step
    lines.push(fact('needs', `${safe(what)}: ${red(code)} ${safe(reason)}${doubt}`))
  }
  return lines
}

function entryLines(entry: Entry, saga: SagaDetail, { colour }: Terminal): string[] {
  const { dim } = colour
  const data = entry.data === undefined ? [] : [`${' '.repeat(28)}${dim(safe(JSON.stringify(entry.data)))}`]
  return [`  ${dim(moment(entry.at))}  ${told(entry, saga)}`, ...(entry.what === 'started' ? [] : data)]
}

/** One fact as a sentence. */
function told(entry: Entry, saga: SagaDetail): string {
  const { what, step = '', how, attempts = 0, by } = entry
  const name = nameOf(entry, saga)
  const who = by === undefined ? '' : ` by ${by}`
  const because = entry.why === undefined ? '' : `: ${entry.why}`
  const tries = attempts > 1 ? `, attempt ${attempts}` : ''
  const trouble = `${entry.code ?? ''} ${entry.reason ?? ''}${entry.unsure ? ' (may have happened)' : ''}`
  switch (what) {
    case 'started':
      return safe(`started${who}`)
    case 'sent':
      return safe(`${name}: sent, must not be repeated blindly${tries}`)
    case 'done':
      return safe(`${name}: done${tries}`)
    case 'setback':
      return safe(`${name}: failed${tries}, tried again at ${moment(entry.until ?? entry.at)}: ${trouble}`)
    case 'outdated':
      return safe(
        `${name}: refused${tries}, ${entry.for} reads again at ${moment(entry.until ?? entry.at)}: ${trouble}`,
      )
    case 'failed':
      return safe(`${name}: will not happen${tries}: ${trouble}`)
    case 'stuck':
      return safe(`${name}: needs a person${tries}: ${trouble}`)
    case 'waiting':
      return safe(`${step}: waits for ${entry.for ?? ''}${limit(entry)}`)
    case 'received':
      return safe(`${step}: it came`)
    case 'elapsed':
      return safe(`${step}: time is over, then: ${how}${late(entry)}`)
    case 'decided':
      return safe(`${step}: "${how}"${who}${because}`)
    case 'locked':
      return safe(`${step}: locked "${entry.for ?? ''}"`)
    case 'joined':
      return safe(`${step}: its saga is completed`)
    case 'turned':
      return safe(`turned back${who}${step ? ` at ${step}` : ''}: ${entry.reason ?? ''}`)
    case 'resumed':
      return safe(
        `${name}: ${how === 'retry' ? 'is tried again' : 'has happened, as confirmed'}${who}${because}`,
      )
    case 'paused':
    case 'continued':
    case 'taken':
    case 'released':
      return safe(`${what}${who}${because}`)
    default:
      return safe(`ended: ${how ?? ''}`)
  }
}

/** What takes a step back is told with the channel by which it does. */
function nameOf({ step = '', doing }: Entry, { steps }: SagaDetail): string {
  if (doing !== 'undo') return step
  const channel = steps.find(each => each.step === step)?.undo?.channel
  return `takes back ${step}${channel === undefined ? '' : ` by ${channel}`}`
}

function limit({ until }: Entry): string {
  return until === undefined ? '' : `, until ${moment(until)}`
}

function late({ delay = 0 }: Entry): string {
  return delay > 1000 ? `, noticed ${age(delay)} late` : ''
}

function stepLines(step: Step, { colour }: Terminal): string[] {
  const { bold, dim, green, red, yellow } = colour
  const words = {
    happened: green('happened'),
    'taken back': dim('taken back'),
    'did not happen': dim('did not happen'),
    unknown: red('not known whether it happened'),
    waits: yellow('waits'),
    open: dim('not yet'),
  }
  const kind = step.kind === undefined || step.kind === 'step' ? '' : dim(` ${step.kind}`)
  const pivot = step.pivot ? dim(' pivot') : ''
  const lines = [`  ${bold(safe(step.step))}${kind}${pivot}  ${words[step.known]}`]
  lines.push(...effectLines('does', step.do, colour))
  if (step.result !== undefined) lines.push(`     ${dim('answer ')}  ${safe(JSON.stringify(step.result))}`)
  const isUndone = step.undo && (step.undo.attempts > 0 || step.undo.status !== 'open')
  return isUndone ? [...lines, ...effectLines('undoes', step.undo, colour)] : lines
}

function effectLines(word: string, effect: Step['do'], { dim, red }: Terminal['colour']): string[] {
  if (!effect) return []
  const { channel, effectKey, request, attempts, error, status } = effect
  const tries = attempts > 0 ? `, ${plural(attempts, 'attempt')}` : ''
  const lines = [`     ${dim(word.padEnd(7))}  ${safe(channel)}${tries}  ${dim(effectKey ?? '')}`]
  if (request !== undefined) lines.push(`     ${dim('sent   ')}  ${safe(JSON.stringify(request))}`)
  if (error && status !== 'done')
    lines.push(`     ${dim('failed ')}  ${red(error.code)} ${safe(error.reason)}`)
  return lines
}
