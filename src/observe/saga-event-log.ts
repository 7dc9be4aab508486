import type { EngineEvent } from '../engine/events.ts'
import type { Landscape } from '../flow/landscape.ts'
import type { Log } from './log.ts'
import { hasPersonalSaga, hasPersonalSagaKey } from './personal-saga.ts'

type SagaEvent = Extract<EngineEvent, { type: 'saga' }>
type InDoubt = Extract<EngineEvent, { type: 'in doubt' }>
type Told = SagaEvent | InDoubt | Extract<EngineEvent, { type: 'deadlock' }>

/** From so many milliseconds on a transaction in doubt is no longer a matter of waiting. */
const alarming = 300_000

/**
 * Logs what a person must know of sagas and transactions: one line when a saga begins to need somebody, each deadlock,
 * and what stays in doubt. Of sagas through which personal data go neither reasons nor personal keys are logged.
 */
export function sagaLog(log: Log, { sagas }: Landscape): (event: Told) => void {
  const discreet = new Set(sagas.filter(hasPersonalSaga).map(({ name }) => name))
  const keyless = new Set(sagas.filter(hasPersonalSagaKey).map(({ name }) => name))
  /** Those that were told to need a person, and still do. */
  const needy = new Set<string>()

  const changed = ({ saga, key, status, reason }: SagaEvent) => {
    const id = `${saga}/${key}`
    if (status !== 'needs person') return void needy.delete(id)
    if (needy.has(id)) return
    needy.add(id)
    const shownKey = keyless.has(saga) ? undefined : key
    const why = discreet.has(saga) ? undefined : reason
    const name = shownKey === undefined ? saga : id
    const text = `${name}${why === undefined ? '' : `: ${why}`}`
    log({ level: 'error', event: 'needs person', text, fields: { saga, key: shownKey, reason: why } })
  }

  return event => {
    if (event.type === 'saga') return changed(event)
    if (event.type === 'in doubt') return log(inDoubtLine(event))
    const { on, sagas: circle } = event
    const names = circle.map(id => id.slice(0, id.indexOf('/')))
    const isDiscreet = names.some(name => discreet.has(name))
    const [what, who] = isDiscreet ? [undefined, names] : [on, circle]
    const locked = what === undefined ? '' : ` over "${what}"`
    const text = `sagas would wait for each other${locked}, and the last one turned back: ${who.join(', ')}`
    log({ level: 'warn', event: 'deadlock', text, fields: { on: what, sagas: who.join(', ') } })
  }
}

function inDoubtLine({ transaction, gid, reason, mixed, ms }: InDoubt): Parameters<Log>[0] {
  const seconds = Math.floor(ms / 1000)
  const fields = { transaction, gid, reason, seconds }
  if (mixed) return { level: 'error', event: 'mixed', text: reason, fields }
  const text = `transaction ${transaction} ${gid}${ms > 0 ? `, for ${seconds} s` : ''}: ${reason}`
  return { level: ms >= alarming ? 'error' : 'warn', event: 'in doubt', text, fields }
}
