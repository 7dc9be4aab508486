import { IsthmusError, reasonOf } from '../../errors.ts'
import { messageName, type Operations, parseMessageName } from '../../server/operations/operations.ts'
import type { MessageRef, ParkedFilter, TracedMessage } from '../../server/operations/schemas.ts'
import { parseDuration } from '../../system/duration.ts'

/** Which messages are meant: all whose every given part fits. */
export const filterOptions = {
  flow: { value: 'FLOW', help: 'only messages of this flow' },
  code: { value: 'CODE', help: 'only those with this error code, such as TARGET-REFUSED' },
  step: { value: 'STEP', help: 'only those that stopped at this step' },
  key: { value: 'KEY', help: 'only those of this business key' },
  'older-than': { value: 'TIME', help: 'only those begun so long ago: 30m, 12h, 7d' },
  'in-doubt': { help: 'those in doubt: sent, and not answered' },
} as const

export interface FilterValues {
  readonly flow?: string | undefined
  readonly code?: string | undefined
  readonly step?: string | undefined
  readonly key?: string | undefined
  readonly 'older-than'?: string | undefined
  readonly 'in-doubt'?: boolean | undefined
}

export function filterOf(values: FilterValues): ParkedFilter {
  const { flow, code, step, key, 'older-than': older, 'in-doubt': doubt } = values
  const filter = {
    flow,
    code,
    step,
    key,
    before: older === undefined ? undefined : Date.now() - lengthOf(older),
  }
  return doubt ? { ...filter, status: 'doubt' } : filter
}

export function isFiltered(values: FilterValues): boolean {
  return Object.keys(filterOptions).some(name => values[name as keyof FilterValues] !== undefined)
}

/** `flow/17`; throws CLI-USAGE for anything else. */
export function messageNamed(text: string): MessageRef {
  const name = parseMessageName(text)
  if (name) return name
  const hint = 'It is written FLOW/NUMBER, as in isthmus parked list.'
  throw new IsthmusError('CLI-USAGE', `"${text}" does not name a message. ${hint}`)
}

/** Throws CONTROL-REFUSED when there is no such message. */
export async function fetchMessage(
  operations: Operations,
  name: MessageRef,
  showPii: boolean,
): Promise<TracedMessage> {
  const [message] = await operations.messages({ ...name, showPii })
  if (message) return message
  throw new IsthmusError('CONTROL-REFUSED', `There is no message ${messageName(name)}.`)
}

function lengthOf(text: string): number {
  try {
    return parseDuration(text)
  } catch (error) {
    throw new IsthmusError('CLI-USAGE', reasonOf(error))
  }
}
