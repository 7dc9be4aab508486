import { userInfo } from 'node:os'
import { exitCodes } from '../server/exit-code.ts'
import type { BatchOrder } from '../server/operations/batches/batch-schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { printBatch } from './shared/batch-text.ts'
import { command, usage } from './shared/command.ts'
import { agreed, whoOptions } from './shared/decision-command.ts'
import { plural } from './shared/terminal.ts'

export const batchStartCommand = command({
  name: 'batch start',
  parameters: '',
  summary: 'do the same with many messages set aside, stage by stage',
  options: {
    do: { value: 'WHAT', help: 'retry (if not given), confirm or discard' },
    group: { value: 'GROUP', help: 'of these causes: isthmus failures names them; several with commas' },
    flow: { value: 'FLOW', help: 'only messages of this flow' },
    system: { value: 'SYSTEM', help: 'only those that failed when this system was called' },
    code: { value: 'CODE', help: 'only those with this error code' },
    stages: { value: 'SIZES', help: 'how many at first: 1,10 if not given; then all others' },
    rate: { value: 'COUNT', help: 'at most so many a second; 50 if not given' },
    allowed: { value: 'COUNT', help: 'failures in a stage at which it goes on; none if not given' },
    ...whoOptions,
    yes: { short: 'y', help: 'do not ask' },
    ...placeOptions,
  },
  more: 'Which messages are meant is frozen before. After each stage it waits: isthmus batch go BATCH.',
  async run({ values, terminal, environment }) {
    const { group, flow, system, code, why, by = userInfo().username } = values
    if (why === undefined) throw usage(batchStartCommand, '--why is missing')
    if ([group, flow, system, code].every(part => part === undefined))
      throw usage(batchStartCommand, 'Say which: --group, --flow, --system or --code')
    const { operations, close } = await openAccess(values, environment)
    try {
      const failures = { groups: group?.split(','), flow, system, code }
      const { selection, count, doubt } = await operations.batches.select({ failures }, by)
      const unsure = doubt > 0 ? ` ${plural(doubt, 'message')} may have happened already.` : ''
      const question = `${values.do ?? 'retry'}: ${plural(count, 'message')}, stage by stage.${unsure} Go on?`
      if (!(await agreed(question, values.yes === true, terminal))) return exitCodes.failed
      const order = { selection, why, do: doing(values.do), ...numbers(values) }
      const batch = await operations.batches.start(order, by)
      if (values.json) terminal.json(batch)
      else printBatch(batch, terminal)
      return exitCodes.ok
    } finally {
      await close()
    }
  },
})

function doing(given = 'retry'): BatchOrder['do'] {
  if (given === 'retry' || given === 'confirm' || given === 'discard') return given
  throw usage(batchStartCommand, '--do is retry, confirm or discard')
}

function numbers(given: {
  readonly stages?: string
  readonly rate?: string
  readonly allowed?: string
}): Pick<BatchOrder, 'stages' | 'rate' | 'allowed'> {
  const number = (name: string, text: string) => {
    const value = Number(text)
    if (Number.isFinite(value) && value >= 0 && text !== '') return value
    throw usage(batchStartCommand, `--${name} is not a number`)
  }
  const { stages, rate, allowed } = given
  return {
    ...(stages !== undefined && { stages: stages.split(',').map(size => number('stages', size)) }),
    ...(rate !== undefined && { rate: number('rate', rate) }),
    ...(allowed !== undefined && { allowed: number('allowed', allowed) }),
  }
}
