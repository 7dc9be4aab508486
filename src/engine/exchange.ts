import { IsthmusError, reasonOf } from '../errors.ts'
import type { Answer, Outgoing } from '../system/roles.ts'
import { gatherTime } from './gather.ts'
import type { Governor } from './governance/governor.ts'
import type { Host } from './host.ts'

/** The part of a sink or requester that an exchange uses; it is asked for anew for each call, since connections come and go. */
export interface Callee {
  send(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]>
  readonly batch: number
  readonly concurrency: number
}

interface Waiting {
  readonly item: Outgoing
  resolve(answer: Answer<unknown>): void
}

/**
 * Gathers the calls of one effect step and hands them to its channel in batches: what comes while calls are under way,
 * or soon after one began, goes together in the next. A batch that is refused as a whole is halved until the bad item
 * stands alone.
 */
export class Exchange {
  readonly #host: Host
  readonly #callee: () => Callee
  readonly #flow: string
  readonly #governor: Governor
  readonly #onCall: (items: number, ms: number, error: unknown) => void
  readonly #waiting: Waiting[] = []
  readonly #aborts = new Set<AbortController>()
  #underWay = 0
  #scheduled = false
  #cancelPause: (() => void) | undefined
  /** When the last batch began, and of how many items it was. */
  #lastBatch = Number.NEGATIVE_INFINITY
  #lastSize = 0

  constructor(options: {
    host: Host
    callee: () => Callee
    flow: string
    governor: Governor
    onCall: (items: number, ms: number, error: unknown) => void
  }) {
    this.#host = options.host
    this.#callee = options.callee
    this.#flow = options.flow
    this.#governor = options.governor
    this.#onCall = options.onCall
  }

  /** Never rejects. `later`: nobody waits for it, so that it may wait a little for others. */
  call(item: Outgoing, when: 'soon' | 'later' = 'soon'): Promise<Answer<unknown>> {
    return new Promise(resolve => {
      this.#waiting.push({ item, resolve })
      if (when === 'soon') this.#lastBatch = Number.NEGATIVE_INFINITY
      this.#schedule()
    })
  }

  /** Asks the calls under way to end. */
  abort(): void {
    for (const abort of this.#aborts) abort.abort()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#host.soon(() => {
      this.#scheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      const callee = this.#reach()
      if (!callee) continue
      if (this.#underWay >= callee.concurrency || this.#pauses(callee)) return
      this.#lastBatch = this.#host.monotonic()
      const batch = this.#waiting.splice(0, callee.batch)
      this.#lastSize = batch.length
      this.#underWay++
      void this.#carry(callee, batch)
    }
  }

  async #carry(callee: Callee, batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#send(callee, batch)
    } finally {
      this.#underWay--
      if (this.#waiting.length > 0) this.#schedule()
    }
  }

  #pauses(callee: Callee): boolean {
    this.#cancelPause?.()
    this.#cancelPause = undefined
    if (this.#waiting.length >= callee.batch) return false
    const rest = this.#lastBatch + gatherTime(this.#lastSize) - this.#host.monotonic()
    if (rest > 0) this.#cancelPause = this.#host.after(rest, () => this.#pump())
    return rest > 0
  }

  /** Undefined when the channel cannot be reached: then everything that waits has been answered so. */
  #reach(): Callee | undefined {
    try {
      return this.#callee()
    } catch (error) {
      for (const { resolve } of this.#waiting.splice(0)) resolve({ ok: false, error })
      return undefined
    }
  }

  async #send(callee: Callee, batch: readonly Waiting[]): Promise<void> {
    const answers = await this.#ask(callee, batch)
    if (answers instanceof Error) {
      if (batch.length === 1 || !isRefusal(answers)) return answerAll(batch, this.#governor.judged(answers))
      const half = Math.ceil(batch.length / 2)
      await this.#send(callee, batch.slice(0, half))
      return this.#send(callee, batch.slice(half))
    }
    for (const [index, { resolve }] of batch.entries())
      resolve(this.#judged(answers[index] as Answer<unknown>))
  }

  #judged(answer: Answer<unknown>): Answer<unknown> {
    return answer.ok ? answer : failed(this.#governor.judged(answer.error))
  }

  /** One call, when it is its turn; the governor is told what came of it. */
  async #ask(callee: Callee, batch: readonly Waiting[]): Promise<Answer<unknown>[] | Error> {
    const abort = new AbortController()
    this.#aborts.add(abort)
    let release = () => {}
    try {
      release = await this.#governor.slot(this.#flow, abort.signal)
    } catch {
      this.#aborts.delete(abort)
      const detail = { uncounted: true }
      return new IsthmusError('TARGET-UNAVAILABLE', 'The engine stopped before the call.', { detail })
    }
    const began = this.#host.monotonic()
    const answers = await this.#call(callee, batch, abort)
    release()
    this.#aborts.delete(abort)
    const failure = failureOf(answers)
    this.#governor.told(failure?.ofAll)
    this.#onCall(batch.length, this.#host.monotonic() - began, failure?.first)
    return answers
  }

  /** Never rejects. */
  #call(
    callee: Callee,
    batch: readonly Waiting[],
    abort: AbortController,
  ): Promise<Answer<unknown>[] | Error> {
    const { deadline } = this.#governor
    return new Promise(resolve => {
      const cancel = this.#host.after(deadline, () => {
        resolve(unanswered(`no answer within ${deadline} ms`))
        abort.abort()
      })
      const end = (answers: Answer<unknown>[] | Error) => {
        cancel()
        resolve(answers)
      }
      answersOf(callee, batch, abort.signal).then(end, error =>
        end(error instanceof Error ? error : new Error(reasonOf(error))),
      )
    })
  }
}

async function answersOf(
  callee: Callee,
  batch: readonly Waiting[],
  signal: AbortSignal,
): Promise<Answer<unknown>[] | Error> {
  const answers = await callee.send(
    batch.map(({ item }) => item),
    signal,
  )
  if (!Array.isArray(answers)) return unanswered('the connector gave no answer')
  return batch.map((_, index) => answers[index] ?? failed(unanswered('the connector gave no answer for it')))
}

/** The first error of a call, and the one that says something of the target: where no item got through. */
function failureOf(answers: Answer<unknown>[] | Error): { first: unknown; ofAll: unknown } | undefined {
  if (answers instanceof Error) return { first: answers, ofAll: answers }
  const first = answers.find(answer => !answer.ok)
  if (!first || first.ok) return undefined
  return { first: first.error, ofAll: answers.some(answer => answer.ok) ? undefined : first.error }
}

function isRefusal(error: Error): boolean {
  return error instanceof IsthmusError && error.fate === 'park'
}

function failed(error: unknown): Answer<never> {
  return { ok: false, error }
}

function answerAll(batch: readonly Waiting[], error: unknown): void {
  for (const { resolve } of batch) resolve(failed(error))
}

function unanswered(why: string): IsthmusError {
  return new IsthmusError('TARGET-UNANSWERED', `The call was sent and its outcome is not known: ${why}.`)
}
