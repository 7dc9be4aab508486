/** One thing that took its time, as part of a trace. Times are milliseconds since 1970 UTC, with their fraction. */
export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentId: string | undefined
  readonly traceState: string | undefined
  readonly name: string
  readonly kind: 'internal' | 'client' | 'producer' | 'consumer'
  readonly begin: number
  readonly end: number
  readonly attributes: Readonly<Record<string, string | number | boolean>>
  /** Why it failed. */
  readonly error: string | undefined
}

/** The clock of this machine, finer than Date.now. */
export function preciseNow(): number {
  return performance.timeOrigin + performance.now()
}
