import type { EngineEvent } from '../engine/events.ts'
import type { Landscape } from '../flow/landscape.ts'
import { discreetReason } from './event-log.ts'
import { hasPersonalData } from './personal-data.ts'

/** The last setback at a step of a flow. Where personal data go through the flow, its reason quotes none. */
export interface Trouble {
  readonly flow: string
  readonly step: string | undefined
  readonly code: string
  readonly reason: string
  readonly at: number
}

/** Remembers of each step of each flow what went wrong last. */
export class LastTroubles {
  readonly #discreet: ReadonlySet<string>
  /** By flow, then by step. */
  readonly #last = new Map<string, Map<string, Trouble>>()

  constructor({ flows }: Landscape) {
    this.#discreet = new Set(flows.filter(hasPersonalData).map(({ name }) => name))
  }

  readonly watch = (event: EngineEvent, now = Date.now()): void => {
    if (event.type !== 'setback') return
    const { flow, code, fields } = event
    const step = event.step === undefined ? undefined : stepOf(event.step)
    const reason = this.#discreet.has(flow) ? discreetReason(code, fields) : event.reason
    const steps = this.#last.get(flow) ?? new Map<string, Trouble>()
    this.#last.set(flow, steps)
    steps.set(step ?? '', { flow, step, code, reason, at: now })
  }

  /** The newest first. */
  of(flow: string): Trouble[] {
    return [...(this.#last.get(flow)?.values() ?? [])].sort((a, b) => b.at - a.at)
  }
}

/** `lines[3].stock` is step `stock` inside of split `lines`. */
function stepOf(path: string): string {
  return path.slice(path.lastIndexOf('].') + 1).replace(/^\./, '')
}
