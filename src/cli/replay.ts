import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { reasonOf } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { type Operations, parseMessageName } from '../server/operations/operations.ts'
import type {
  ReplayFilter,
  ReplayOrder,
  ReplayPreview,
  ReplayQuestion,
} from '../server/operations/replay-schemas.ts'
import { parseDuration } from '../system/duration.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command, usage } from './shared/command.ts'
import { agreed, whoOptions } from './shared/decision-command.ts'
import { replayReportText, replayText, totalsOf, totalsText } from './shared/replay-text.ts'

const outcomes = ['delivered', 'filtered', 'discarded', 'parked'] as const

/** Messages shown one by one; of more only the sums. */
const shownMessages = 20

export const replayCommand = command({
  name: 'replay',
  parameters: '[MESSAGE]',
  summary: 'run messages again that have ended; first shows what that would do',
  options: {
    flow: { value: 'FLOW', help: 'only messages of this flow' },
    key: { value: 'KEY', help: 'only those of this business key' },
    outcome: {
      value: 'OUTCOME',
      help: 'only those that ended so: delivered, filtered, discarded; or parked',
    },
    from: { value: 'TIME', help: 'accepted since: 2026-01-31T08:00:00Z, or so long ago: 2h' },
    to: { value: 'TIME', help: 'accepted before' },
    do: { help: 'run them again' },
    'new-effects': {
      help: 'let every effect happen once more, under new keys; needs --why and to be allowed',
    },
    'accept-changes': {
      help: 'the flow was changed on purpose: what comes out differently does not stop it',
    },
    ...whoOptions,
    yes: { short: 'y', help: 'do not ask' },
    'show-pii': { help: 'do not mask personal data' },
    ...placeOptions,
  },
  more:
    'MESSAGE is FLOW/NUMBER or an id. Effects keep their keys, so that nothing happens twice at targets that know keys.\n' +
    'New effects must be allowed by ISTHMUS_ALLOW_NEW_EFFECTS=1.',
  async run({ values, positionals, terminal, environment }) {
    const filter = filterOf(values, positionals[0])
    const effects = values['new-effects'] ? 'new' : 'kept'
    const wanted = { filter, effects, limit: 100 } as const
    if (Object.values(filter).every(value => value === undefined))
      throw usage(replayCommand, 'Say which: a message, or a filter')
    if (effects === 'new' && values.do && !values.why)
      throw usage(replayCommand, 'New effects need a reason: --why TEXT')
    const { operations, close } = await openAccess(values, environment, { decide: values.do === true })
    try {
      const preview = await previewed(operations, { ...wanted, showPii: values['show-pii'] === true })
      if (!values.do) {
        if (values.json) terminal.json(preview)
        else terminal.line(replayText(preview, shownMessages, terminal))
        return preview.messages.length > 0 ? exitCodes.ok : exitCodes.failed
      }
      const question = `${totalsText(totalsOf(preview))} Go on?`
      if (!(await agreed(question, values.yes === true, terminal))) return exitCodes.failed
      const by = values.by ?? userInfo().username
      const acceptChanges = values['accept-changes'] === true
      const report = await carriedOut(operations, { ...wanted, by, why: values.why, acceptChanges })
      if (values.json) terminal.json(report)
      else terminal.line(replayReportText(report, terminal))
      return report.refused.length === 0 ? exitCodes.ok : exitCodes.failed
    } finally {
      await close()
    }
  },
})

async function previewed(operations: Operations, question: ReplayQuestion): Promise<ReplayPreview> {
  const messages: ReplayPreview['messages'] = []
  for (let after: string | undefined; ; ) {
    const page = await operations.replays.preview({ ...question, after })
    messages.push(...page.messages)
    if (page.next === undefined) return { messages }
    after = page.next
  }
}

async function carriedOut(operations: Operations, order: ReplayOrder) {
  const total: Pick<Awaited<ReturnType<Operations['replays']['run']>>, 'done' | 'refused'> = {
    done: [],
    refused: [],
  }
  const name = randomUUID()
  for (let after: string | undefined; ; ) {
    const { done, refused, next } = await operations.replays.run({
      ...order,
      order: name,
      after,
    })
    total.done.push(...done)
    total.refused.push(...refused)
    if (next === undefined) return total
    after = next
  }
}

interface FilterValues {
  readonly flow?: string | undefined
  readonly key?: string | undefined
  readonly outcome?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

function filterOf(values: FilterValues, message: string | undefined): ReplayFilter {
  const { flow, key, from, to } = values
  const outcome = outcomes.find(each => each === values.outcome)
  if (values.outcome !== undefined && outcome === undefined)
    throw usage(replayCommand, `--outcome is one of ${outcomes.join(', ')}`)
  const name = message === undefined ? undefined : parseMessageName(message)
  if (message !== undefined && !name && !/^[0-9a-f-]{36}$/.test(message))
    throw usage(replayCommand, `"${message}" does not name a message: write FLOW/NUMBER, or its id`)
  return {
    flow: name?.flow ?? flow,
    seq: name?.seq,
    id: name ? undefined : message,
    key,
    outcome,
    from: timeOf('from', from),
    to: timeOf('to', to),
  }
}

/** A moment, or how long ago. */
function timeOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text)
  try {
    return Date.now() - parseDuration(text)
  } catch (error) {
    throw usage(
      replayCommand,
      `--${name} is a moment such as 2026-01-31T08:00:00Z, or so long ago: ${reasonOf(error)}`,
    )
  }
}
