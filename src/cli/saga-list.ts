import { exitCodes } from '../server/exit-code.ts'
import type { SagaPage, SagaState } from '../server/operations/saga-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { stateBadge } from './shared/saga-text.ts'
import { age, plural, safe, type Terminal, table } from './shared/terminal.ts'

const states: readonly SagaState[] = [
  'running',
  'waiting',
  'compensating',
  'paused',
  'needs person',
  'completed',
  'compensated',
]

export const sagaListCommand = command({
  name: 'saga list',
  parameters: '[SAGA]',
  summary: 'list sagas with what they wait for, and why they need a person',
  options: {
    state: { value: 'STATE', help: `only ${states.map(dashed).join(', ')}` },
    key: { value: 'KEY', help: 'only those of this key' },
    limit: { value: 'COUNT', help: 'at most so many; 50 if not given' },
    after: { value: 'SAGA/KEY', help: 'those after this one' },
    'show-pii': { help: 'do not mask personal data' },
    ...placeOptions,
  },
  async run({ values, positionals, terminal, environment }) {
    const limit = Number(values.limit ?? 50)
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw usage(sagaListCommand, '--limit is a number from 1 to 1000')
    const { operations, close } = await openAccess(values, environment)
    try {
      const page = await operations.sagas.list({
        saga: positionals[0],
        state: stateOf(values.state),
        key: values.key,
        after: values.after,
        limit,
        showPii: values['show-pii'],
      })
      if (values.json) terminal.json(page)
      else print(page, terminal)
    } finally {
      await close()
    }
    return exitCodes.ok
  },
})

function stateOf(text: string | undefined): SagaState | undefined {
  if (text === undefined) return undefined
  const found = states.find(state => state === text || dashed(state) === text)
  if (found) return found
  throw usage(sagaListCommand, `--state is one of ${states.map(dashed).join(', ')}`)
}

function dashed(state: string): string {
  return state.replace(' ', '-')
}

function print({ sagas, next }: SagaPage, terminal: Terminal): void {
  const { dim } = terminal.colour
  if (sagas.length === 0) {
    terminal.line('There is no such saga.')
    return
  }
  const now = Date.now()
  const rows = sagas.map(saga => [
    safe(`${saga.saga}/${saga.key}`),
    stateBadge(saga.state, terminal),
    age(now - saga.changed),
    age(now - saga.began),
    situation(saga, terminal),
  ])
  const columns = [
    { title: 'SAGA' },
    { title: 'STATE' },
    { title: 'SINCE', right: true },
    { title: 'AGE', right: true },
    { title: 'WHY' },
  ]
  terminal.line(table(terminal, columns, rows))
  terminal.line()
  const more = next === undefined ? '' : `, and more: --after ${safe(next)}`
  terminal.line(`  ${plural(sagas.length, 'saga')}${more}  ${dim('isthmus saga show SAGA KEY')}`)
}

/** What it waits for, or why it needs a person. */
function situation({ held, needs, waits, turned }: SagaPage['sagas'][number], { colour }: Terminal): string {
  const { red, yellow } = colour
  if (held !== undefined) return `${yellow('held:')} ${safe(held)}`
  const [need] = needs
  if (need) {
    const what = need.doing === 'undo' ? `taking back ${need.step}` : need.step
    return `${red(need.code)} ${safe(`${what}: ${need.reason}`)}`
  }
  const waiting = waits.map(({ step, for: what }) => `${step}: ${what}`).join('; ')
  return safe(waiting || turned || '')
}
