import type { MetricSink } from '../prometheus-text.ts'
import type { Span } from './span.ts'

export interface QueueLimits {
  /** Spans that wait; what comes beyond is dropped. */
  readonly size: number
  /** Spans in one request. */
  readonly batch: number
  /** Milliseconds from one request to the next, while not a whole batch waits. */
  readonly delay: number
}

/** Rejects when they could not be handed over. */
export type ExportSpans = (spans: readonly Span[]) => Promise<void>

/** Holds spans until they are exported. It drops spans and counts them, and never lets anybody wait. */
export class SpanQueue {
  readonly #limits: QueueLimits
  readonly #export: ExportSpans
  readonly #counts = { exported: 0, failed: 0, dropped: 0 }
  #waiting: Span[] = []
  #busy: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(limits: QueueLimits, exportSpans: ExportSpans) {
    this.#limits = limits
    this.#export = exportSpans
  }

  add(span: Span): void {
    if (this.#closed || this.#waiting.length >= this.#limits.size) {
      this.#counts.dropped++
      return
    }
    this.#waiting.push(span)
    if (this.#waiting.length >= this.#limits.batch) this.#flush()
    else this.#timer ??= setTimeout(() => this.#flush(), this.#limits.delay).unref()
  }

  render(sink: MetricSink): void {
    sink.metric(
      'isthmus_trace_spans_total',
      Object.entries(this.#counts).map(([result, n]) => [{ result }, n]),
    )
  }

  /** Exports what waits, for at most `patience` milliseconds; nothing is taken any more. */
  async close(patience: number): Promise<void> {
    this.#closed = true
    this.#flush()
    const over = new Promise<void>(resolve => setTimeout(resolve, patience).unref())
    await Promise.race([over, this.#drained()])
    clearTimeout(this.#timer)
  }

  async #drained(): Promise<void> {
    while (this.#busy) await this.#busy
  }

  #flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#busy || this.#waiting.length === 0) return
    const batch = this.#waiting.splice(0, this.#limits.batch)
    const done = (result: 'exported' | 'failed') => {
      this.#counts[result] += batch.length
      this.#busy = undefined
      if (this.#waiting.length >= this.#limits.batch || this.#closed) this.#flush()
      else if (this.#waiting.length > 0)
        this.#timer ??= setTimeout(() => this.#flush(), this.#limits.delay).unref()
    }
    this.#busy = this.#export(batch).then(
      () => done('exported'),
      () => done('failed'),
    )
  }
}
