import { IsthmusError, reasonOf } from '../../errors.ts'
import type { AggregateDefinition, CommandRole } from '../../flow/aggregate/definition.ts'
import type { NewEvent } from '../../store/streams.ts'
import type { Outgoing } from '../../system/roles.ts'
import { aggregateStream, applied, type CausedEvent, newEvent, readEvent } from './aggregate-log.ts'

/** What an aggregate is, behind event `version`. */
export interface Standing {
  readonly version: number
  readonly state: unknown
}

/** An event as it is written, and as it is read. */
export interface Made {
  readonly written: NewEvent
  readonly event: CausedEvent
}

/** What a command makes of an aggregate. Throws what `decide` refuses by, and STEP-FAILED where that or `apply` fails. */
export function decided(
  { aggregate, command, decide }: CommandRole,
  { id, now }: { readonly id: string; readonly now: Standing },
  item: Pick<Outgoing, 'data' | 'effectKey' | 'messageId'>,
  at: number,
): { readonly standing: Standing; readonly events: readonly Made[] } {
  const by = { command, effectKey: item.effectKey, cause: item.messageId }
  const made = attempt(`command ${aggregate.name}.${command}`, () =>
    decide(now.state, item.data, { id, version: now.version }),
  )
  let standing = now
  const events = made.map(each => {
    const written = newEvent(aggregate, each, by, at)
    const version = standing.version + 1
    // As it will be read back, so that the state is the same as after a restart.
    const event = readEvent(aggregate, {
      ...aggregateStream(aggregate.name, id),
      ...written,
      version,
      position: 0,
    })
    standing = { version, state: applied(aggregate, standing.state, event) }
    return { written, event }
  })
  if (events.length > 0) mustFit(aggregate, standing.state)
  return { standing, events }
}

/** What `apply` came to is looked at now, and not when a snapshot of it is read. */
function mustFit({ name, state: model }: AggregateDefinition, state: unknown): void {
  const fits = model.validate(state)
  if (fits.ok) return
  const problems = fits.problems.map(({ path, problem }) => `${path || 'the state'} ${problem}`).join('; ')
  throw new IsthmusError(
    'STEP-FAILED',
    `Aggregate ${name}: "apply" comes to a state that does not fit: ${problems}`,
  )
}

function attempt<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof IsthmusError) throw error
    throw new IsthmusError('STEP-FAILED', `${what}: "decide" failed: ${reasonOf(error)}`, { cause: error })
  }
}
