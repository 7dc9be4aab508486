import type { EngineEvent } from '../engine/events.ts'
import type { Log } from './log.ts'

type LeaseEvent = Extract<EngineEvent, { type: 'lease' | 'membership' }>

/** Milliseconds for which moves of leases are gathered into one line. */
const gather = 1_000
/** Most names told in a line. */
const listed = 20

/** Tells what moves among the members of a store: a line for each time, not for each lease. */
export function leaseLog(log: Log, wait: (work: () => void, ms: number) => void = later) {
  let moved: { taken: string[]; given: string[]; unclean: string[] } | undefined

  const tell = () => {
    if (!moved) return
    const { taken, given, unclean } = moved
    moved = undefined
    if (taken.length > 0) log({ level: 'info', event: 'leases', text: `takes ${namesOf(taken)}` })
    if (unclean.length > 0) {
      const text = `takes over what its holder did not give back, and may have died over: ${namesOf(unclean)}`
      log({ level: 'warn', event: 'leases', text })
    }
    if (given.length > 0) log({ level: 'info', event: 'leases', text: `gave back ${namesOf(given)}` })
  }

  return (event: LeaseEvent): void => {
    if (event.type === 'membership') {
      const text = event.sure
        ? 'the store answers signs of life again, and work goes on'
        : 'signs of life do not reach the store: nothing new is begun'
      log({ level: event.sure ? 'info' : 'warn', event: 'membership', text })
      return
    }
    if (!moved) wait(tell, gather)
    moved ??= { taken: [], given: [], unclean: [] }
    if (event.state === 'given') moved.given.push(event.lease)
    else if (event.clean === false) moved.unclean.push(event.lease)
    else moved.taken.push(event.lease)
  }
}

function later(work: () => void, ms: number): void {
  setTimeout(work, ms).unref()
}

function namesOf(leases: readonly string[]): string {
  const more = leases.length > listed ? ` and ${leases.length - listed} more` : ''
  return leases.slice(0, listed).join(', ') + more
}
