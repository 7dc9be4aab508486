/** What does not work, or did not until a moment ago. */
interface Trouble {
  works: boolean
  /** When it began, in milliseconds since 1970 UTC, and how often it failed since. */
  since: number
  failures: number
  /** The kinds of the reasons that were told already. */
  readonly told: Set<string>
  /** Whether a line said that it does not work, and none that it works again. */
  isKnown: boolean
  /** Failures without a line, since when they are counted, and the last reason. */
  untold: number
  countedFrom: number
  last: string
  pause: number
  timer: NodeJS.Timeout | undefined
}

/** Writes the lines. */
export interface TroubleTeller {
  failed(name: string, reason: string): void
  works(name: string, after: string): void
}

const minute = 60_000
const longest = 60 * minute

/** Most reasons of one trouble that get a line at once; the failures for others are counted. */
const mostReasons = 20

/**
 * Tells of sources and systems that fail again and again: each reason at once when it is new, then how often it failed,
 * after a minute and at pauses that double up to an hour, and that it works again. What fails again within a minute is
 * the same trouble. Holds a few texts for each name that fails.
 */
export class TroubleLog {
  readonly #troubles = new Map<string, Trouble>()
  readonly #tell: TroubleTeller

  constructor(tell: TroubleTeller) {
    this.#tell = tell
  }

  failed(name: string, reason: string): void {
    const trouble = this.#troubles.get(name) ?? this.#begin(name)
    if (trouble.works) Object.assign(trouble, { works: false, since: Date.now(), failures: 0 })
    trouble.failures++
    trouble.last = reason
    const kind = kindOf(reason)
    if (trouble.told.has(kind) || trouble.told.size >= mostReasons) {
      trouble.untold++
      return
    }
    trouble.told.add(kind)
    trouble.isKnown = true
    this.#tell.failed(name, reason)
  }

  works(name: string): void {
    const trouble = this.#troubles.get(name)
    if (!trouble || trouble.works) return
    trouble.works = true
    if (trouble.isKnown) {
      const { failures } = trouble
      const times = `${failures} ${failures === 1 ? 'failure' : 'failures'}`
      this.#tell.works(name, `after ${span(Date.now() - trouble.since)} and ${times}`)
      Object.assign(trouble, { isKnown: false, untold: 0, countedFrom: Date.now() })
    }
    trouble.pause = minute
    this.#wait(name, trouble)
  }

  #begin(name: string): Trouble {
    const now = Date.now()
    const trouble: Trouble = {
      works: true,
      since: now,
      failures: 0,
      told: new Set(),
      isKnown: false,
      untold: 0,
      countedFrom: now,
      last: '',
      pause: minute,
      timer: undefined,
    }
    this.#troubles.set(name, trouble)
    this.#wait(name, trouble)
    return trouble
  }

  #wait(name: string, trouble: Trouble): void {
    clearTimeout(trouble.timer)
    trouble.timer = setTimeout(() => this.#sum(name, trouble), trouble.pause).unref()
  }

  /** Forgets a trouble after a quiet minute in which it worked. */
  #sum(name: string, trouble: Trouble): void {
    const { works, untold, last, countedFrom } = trouble
    if (works && untold === 0) {
      this.#troubles.delete(name)
      return
    }
    if (untold > 0) {
      const often = untold === 1 ? 'once more' : `${untold} times more`
      const now = works ? ', and works now' : ''
      this.#tell.failed(name, `failed ${often} within ${span(Date.now() - countedFrom)}${now}: ${last}`)
      trouble.isKnown = !works
    }
    Object.assign(trouble, { untold: 0, countedFrom: Date.now() })
    if (!works) trouble.pause = Math.min(trouble.pause * 2, longest)
    this.#wait(name, trouble)
  }
}

/** A reason without its digits: ports, counts and times do not make another one. */
export function kindOf(reason: string): string {
  return reason.replace(/\d+/g, '#').slice(0, 500)
}

function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 100) return `${seconds} s`
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
