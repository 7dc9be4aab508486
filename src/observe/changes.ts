import type { EngineEvent } from '../engine/events.ts'

/** What happened to a landscape at one moment, for the axes of charts and the question "what changed before it broke?". */
export interface Change {
  readonly at: number
  readonly kind:
    | 'started'
    | 'version'
    | 'paused'
    | 'resumed'
    | 'unreachable'
    | 'reachable'
    | 'source-failed'
    | 'source-runs'
    | 'waits'
    | 'closed'
    | 'open'
  readonly flow?: string | undefined
  readonly system?: string | undefined
  readonly source?: string | undefined
  /** Of the version that begins. */
  readonly version?: number | undefined
  readonly by?: string | undefined
  readonly why?: string | undefined
}

const kept = 2000

/** A flow that waits as a whole, and begins again every few seconds, is told once in so many milliseconds. */
const again = 60_000

/** The changes that this process has seen, and those it was told of an earlier one; the newest 2000. */
export class Changes {
  readonly #all: Change[] = []
  readonly #systems = new Map<string, { readonly open: boolean; readonly at: number }>()
  readonly #sources = new Map<string, { readonly open: boolean; readonly at: number }>()
  readonly #waits = new Map<string, number>()

  readonly watch = (event: EngineEvent, now = Date.now()): void => {
    if (event.type === 'system') this.#system(event, now)
    else if (event.type === 'source') this.#source(event, now)
    else if (event.type === 'admission')
      this.note({ at: now, kind: event.open ? 'open' : 'closed', why: event.reason })
    else if (event.type === 'paused') {
      const last = this.#waits.get(event.flow) ?? 0
      this.#waits.set(event.flow, now)
      if (now - last > again) this.note({ at: now, kind: 'waits', flow: event.flow, why: event.reason })
    }
  }

  /** In any order of time. */
  note(change: Change): void {
    const place = this.#all.findLastIndex(({ at }) => at <= change.at)
    this.#all.splice(place + 1, 0, change)
    if (this.#all.length > kept) this.#all.shift()
  }

  /** The oldest first; those of a flow or a system and those of the whole. */
  since(from: number, about: { readonly flow?: string; readonly system?: string } = {}): Change[] {
    return this.#all.filter(change => change.at >= from && concerns(change, about))
  }

  /** Since when a system is as it is. */
  systemSince(system: string): number | undefined {
    return this.#systems.get(system)?.at
  }

  /** Since when a source, `SYSTEM.CHANNEL`, is as it is. */
  sourceSince(source: string): number | undefined {
    return this.#sources.get(source)?.at
  }

  #system({ system, state, reason }: Extract<EngineEvent, { type: 'system' }>, at: number): void {
    const open = state === 'open'
    const known = this.#systems.get(system)
    if (known?.open === open) return
    this.#systems.set(system, { open, at })
    if (known || !open) this.note({ at, kind: open ? 'reachable' : 'unreachable', system, why: reason })
  }

  #source({ source, state, reason }: Extract<EngineEvent, { type: 'source' }>, at: number): void {
    if (state === 'stopped') return
    const open = state === 'running'
    const known = this.#sources.get(source)
    if (known?.open === open) return
    this.#sources.set(source, { open, at })
    if (!known && open) return
    const system = source.slice(0, source.indexOf('.'))
    this.note({ at, kind: open ? 'source-runs' : 'source-failed', source, system, why: reason })
  }
}

function concerns({ flow, system }: Change, about: { readonly flow?: string; readonly system?: string }) {
  if (about.flow === undefined && about.system === undefined) return true
  if (flow === undefined && system === undefined) return true
  return (flow !== undefined && flow === about.flow) || (system !== undefined && system === about.system)
}
