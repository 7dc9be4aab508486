import type { EngineEvent, Watcher } from '../engine/events.ts'
import { type ErrorCode, errorCodes } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { leaseLog } from './lease-log.ts'
import type { Level, Log } from './log.ts'
import { hasPersonalData, hasPersonalKey } from './personal-data.ts'
import { sagaLog } from './saga-event-log.ts'
import { Throttle } from './throttle.ts'
import { kindOf, TroubleLog } from './trouble-log.ts'

/** Lines of one kind in a window of so many milliseconds, when there are many. */
const burst = { most: 20, ms: 10_000 }
/** Trouble that repeats itself is told once in so many milliseconds. */
const repeated = { most: 1, ms: 60_000 }

type Setback = Extract<EngineEvent, { type: 'setback' }>
type Ended = Extract<EngineEvent, { type: 'ended' }>

/** Most field paths told in a line. */
const listed = 10

/**
 * Logs what a person wants to know, and nothing per delivered message. Of flows through which personal data go,
 * neither reasons (which may quote data) nor personal keys are logged, but which fields do not fit.
 */
export function eventLog(log: Log, landscape: Landscape): Watcher {
  const throttle = new Throttle()
  const discreet = new Set(landscape.flows.filter(hasPersonalData).map(({ name }) => name))
  const keyless = new Set(landscape.flows.filter(hasPersonalKey).map(({ name }) => name))

  const limited = (
    kind: string,
    limit: typeof burst,
    level: Level,
    event: string,
    text: string,
    fields: object,
  ) => {
    const rest = (count: number) =>
      log({
        level,
        event,
        text: `${count} more like it within ${limit.ms / 1000} s: ${text}`,
        fields: { count },
      })
    if (throttle.pass(`${event} ${kind}`, limit.most, limit.ms, rest))
      log({ level, event, text, fields: fields as Record<string, string> })
  }

  const setback = ({ flow, key, seq, fate, code, reason, step, attempts, fields: unfit }: Setback) => {
    const shownKey = keyless.has(flow) ? undefined : key
    const why = discreet.has(flow) ? discreetReason(code, unfit) : reason
    const fields = { flow, seq, key: shownKey, step, code, reason: why, attempts }
    const at = step === undefined ? '' : ` at ${step}`
    const name = `${flow}/${seq}${shownKey === undefined ? '' : ` (${shownKey})`}`
    const text = `${name}${at}: ${code} ${why}`
    if (fate === 'park') limited(flow, burst, 'warn', 'parked', text, fields)
    else if (fate === 'doubt') limited(flow, burst, 'error', 'in doubt', text, fields)
    else if (fate === 'retry') limited(`${flow} ${step} ${code}`, repeated, 'info', 'retrying', text, fields)
  }

  const troublesOf = (event: 'source' | 'system', again: string) =>
    new TroubleLog({
      failed: (name, reason) =>
        log({ level: 'warn', event, text: `${name}: ${reason}`, fields: { [event]: name, reason } }),
      works: (name, after) =>
        log({ level: 'info', event, text: `${name} ${again} ${after}`, fields: { [event]: name } }),
    })
  const sources = troublesOf('source', 'runs again')
  const systems = troublesOf('system', 'is connected again')

  const sagas = sagaLog(log, landscape)
  const leases = leaseLog(log)

  return event => {
    switch (event.type) {
      case 'saga':
      case 'deadlock':
      case 'in doubt':
        return sagas(event)
      case 'lease':
      case 'membership':
        return leases(event)
      case 'run':
        return runEnded(log, event)
      case 'setback':
        return setback(event)
      case 'ended':
        return event.outcome === 'discarded' ? discarded(log, event) : undefined
      case 'conflict': {
        const text = `${event.source} sent another message under the identity of ${event.id}`
        return limited(event.source, burst, 'warn', 'conflict', text, { source: event.source, id: event.id })
      }
      case 'foreign': {
        const text = `${event.source}: the record at ${event.place} was not written by Isthmus, and is passed over`
        return limited(event.source, burst, 'warn', 'foreign', text, { ...event })
      }
      case 'paused': {
        const text = `${event.flow} waits ${event.ms / 1000} s: ${event.reason}`
        return limited(`${event.flow} ${kindOf(event.reason)}`, repeated, 'warn', 'paused', text, {
          flow: event.flow,
          reason: event.reason,
        })
      }
      case 'source':
        if (event.state === 'stopped') return
        return event.state === 'running'
          ? sources.works(event.source)
          : sources.failed(event.source, event.reason ?? '')
      case 'system':
        return event.state === 'open'
          ? systems.works(event.system)
          : systems.failed(event.system, event.reason ?? '')
      case 'admission': {
        const text = event.open ? 'messages are accepted again' : `nothing is accepted: ${event.reason}`
        return log({
          level: event.open ? 'info' : 'warn',
          event: 'admission',
          text,
          fields: { open: event.open },
        })
      }
      case 'clock':
        return clock(log, event.ahead)
      case 'fatal':
        return log({
          level: 'error',
          event: 'fatal',
          text: `${event.code} ${event.reason}`,
          fields: { ...event },
        })
    }
  }
}

/** What can be said without quoting data. */
export function discreetReason(code: string, unfit: readonly string[] = []): string {
  const summary = errorCodes[code as ErrorCode]?.summary ?? 'failed'
  if (unfit.length === 0) return summary
  const more = unfit.length > listed ? ` and ${unfit.length - listed} more` : ''
  return `${summary}: ${unfit.slice(0, listed).join(', ')}${more}`
}

function discarded(log: Log, { warned: _, ...event }: Ended): void {
  log({ level: 'info', event: 'discarded', text: `${event.flow}/${event.seq}`, fields: event })
}

function clock(log: Log, ahead: number): void {
  const seconds = Math.round(Math.abs(ahead) / 1000)
  const text =
    ahead === 0
      ? "this machine's clock agrees with the store's again"
      : `this machine's clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the store's: set it right; leases do not depend on it, times that are shown and schedules do`
  log({ level: ahead === 0 ? 'info' : 'warn', event: 'clock', text, fields: { ahead } })
}

/** A line for each run that is over; what failed waits for a person. */
function runEnded(
  log: Log,
  { pipeline, key, status, reason, counts, ms }: Extract<EngineEvent, { type: 'run' }>,
): void {
  if (status === 'running') return
  const sum = (field: 'read' | 'parked') =>
    counts.filter(({ isRead }) => isRead).reduce((total, each) => total + each[field], 0)
  const [read, parked] = [sum('read'), sum('parked')]
  const fields = { pipeline, key, status, read, parked, ms, reason }
  const name = `run ${key} of ${pipeline}`
  if (status === 'failed')
    return void log({ level: 'error', event: 'run', text: `${name} failed: ${reason}`, fields })
  const aside = parked > 0 ? `, ${parked} set aside` : ''
  const text = `${name} was ${status}: ${read} rows read${aside}, ${(ms / 1000).toFixed(1)} s`
  log({ level: parked > 0 ? 'warn' : 'info', event: 'run', text, fields })
}
