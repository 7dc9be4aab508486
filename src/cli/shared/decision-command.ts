import { userInfo } from 'node:os'
import { IsthmusError } from '../../errors.ts'
import { exitCodes } from '../../server/exit-code.ts'
import { messageName, type Operations } from '../../server/operations/operations.ts'
import type { BulkDecision, DecisionReport, MessageRef } from '../../server/operations/schemas.ts'
import { type Access, openAccess, placeOptions } from './access.ts'
import { type Call, type Command, command, usage } from './command.ts'
import { fetchMessage, filterOf, filterOptions, isFiltered, messageNamed } from './parked-filter.ts'
import { plural, safe, type Terminal } from './terminal.ts'

/** Who decided, and why: recorded with the decision. */
export const whoOptions = {
  by: { value: 'NAME', help: 'who decides; you if not given' },
  why: { value: 'TEXT', help: 'the reason, which is recorded' },
} as const

const options = {
  ...filterOptions,
  all: { help: 'no filter: all of them' },
  ...whoOptions,
  yes: { short: 'y', help: 'do not ask' },
  'dry-run': { help: 'only count them' },
  ...placeOptions,
} as const

type DecisionCall = Call<typeof options & { readonly json: { readonly help: string } }>

export interface DecisionWords {
  readonly do: BulkDecision['decision']['do']
  readonly summary: string
  readonly more: string
  /** What becomes of the messages: `will run again`. */
  readonly result: string
}

/** A command that decides about one message, or about all that fit a filter. */
export function decisionCommand(words: DecisionWords): Command {
  const name = `parked ${words.do}`
  const known = command({
    name,
    parameters: '[FLOW/NUMBER]',
    summary: words.summary,
    options,
    more: words.more,
    async run(call) {
      const { values, positionals, environment } = call
      if (positionals.length === 0 && !values.all && !isFiltered(values))
        throw usage(known, 'Say which: FLOW/NUMBER, a filter, or --all')
      const decision = decisionOf(words, values.by ?? userInfo().username, values.why)
      const access = await openAccess(values, environment, { decide: !values['dry-run'] })
      try {
        const report = positionals[0]
          ? await one(access, messageNamed(positionals[0]), decision, call)
          : await many(access, decision, call, words)
        return tell(report, words, call)
      } finally {
        await access.close()
      }
    },
  })
  return known
}

type Decision = BulkDecision['decision']

function decisionOf(words: DecisionWords, by: string, why: string | undefined): Decision {
  if (words.do !== 'discard' || why) return { do: words.do, by, why }
  throw new IsthmusError('CLI-USAGE', 'A message that is discarded needs a reason: --why TEXT')
}

async function one(
  { operations }: Access,
  name: MessageRef,
  decision: Decision,
  { values, terminal }: DecisionCall,
): Promise<DecisionReport | undefined> {
  if (decision.do === 'retry') {
    const { state, hops } = await fetchMessage(operations, name, false)
    const steps = hops.filter(({ call }) => call?.state === 'doubt').map(({ step }) => step)
    const question = `${steps.join(', ')} was sent and not answered. Send it again, since it did not happen?`
    if (state === 'doubt' && !(await agreed(question, values.yes === true, terminal))) return undefined
  }
  if (!values['dry-run']) await operations.decisions.one(name, decision)
  return { done: 1, refused: [] }
}

async function many(
  { operations }: Access,
  decision: Decision,
  { values, terminal }: DecisionCall,
  words: DecisionWords,
): Promise<DecisionReport | undefined> {
  const filter = filterOf(values)
  const count = await inPages(operations, { decision, filter, dryRun: true })
  if (values['dry-run'] || count.done === 0) return count
  const question = `${plural(count.done, 'message')} ${words.result}. Go on?`
  if (!(await agreed(question, values.yes === true, terminal))) return undefined
  return inPages(operations, { decision, filter })
}

async function inPages(operations: Operations, order: BulkDecision): Promise<DecisionReport> {
  const total = { done: 0, refused: [] as DecisionReport['refused'] }
  for (let after: string | undefined; ; ) {
    const { done, refused, next } = await operations.decisions.many({ ...order, after })
    total.done += done
    total.refused.push(...refused)
    if (next === undefined) return total
    after = next
  }
}

/** Asks who is there; a program must have said so before. */
export async function agreed(question: string, yes: boolean, terminal: Terminal): Promise<boolean> {
  if (yes) return true
  if (terminal.isInteractive) return terminal.confirm(question)
  throw new IsthmusError('CLI-USAGE', `${question} Nobody is there to ask: give --yes.`)
}

function tell(
  report: DecisionReport | undefined,
  words: DecisionWords,
  { values, terminal }: DecisionCall,
): number {
  if (!report) {
    terminal.line('Nothing was changed.')
    return exitCodes.failed
  }
  const dryRun = values['dry-run'] === true
  if (values.json) terminal.json({ ...report, dryRun })
  else {
    const { green, red, dim } = terminal.colour
    const what = `${plural(report.done, 'message')} ${words.result}`
    terminal.line(dryRun ? `${what} ${dim('(dry run: nothing was changed)')}` : `${green('✔')} ${what}`)
    for (const { reason, ...name } of report.refused)
      terminal.line(`${red('✖')} ${messageName(name)}: ${safe(reason)}`)
  }
  return report.refused.length === 0 ? exitCodes.ok : exitCodes.failed
}
