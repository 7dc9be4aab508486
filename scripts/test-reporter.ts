import { Transform } from 'node:stream'
import { inspect } from 'node:util'

/** What the process of a test file tells its runner over their channel. */
export type TestReport =
  | { readonly kind: 'started'; readonly name: string; readonly nesting: number }
  | {
      readonly kind: 'ended'
      readonly name: string
      readonly nesting: number
      readonly line: number | undefined
      readonly suite: boolean
      readonly skipped: string | undefined
      /** Present when it failed: the error as people read it, or '' where only the tests inside it failed. */
      readonly failure?: string
    }

interface Event {
  readonly type: string
  readonly data: EventData
}

interface EventData {
  readonly name: string
  readonly nesting: number
  /** Of a diagnostic. */
  readonly message?: string
  readonly line?: number
  readonly skip?: string | boolean
  readonly todo?: string | boolean
  readonly details?: {
    readonly type?: string
    readonly error?: Error & { readonly failureType?: string; readonly cause?: unknown }
  }
}

/**
 * A node:test reporter: `--test-reporter` takes the default export of a module. Writes what no test can be blamed for:
 * an error after the test had ended makes the file fail, and stands in a diagnostic alone.
 */
export default new Transform({
  writableObjectMode: true,
  transform({ type, data }: Event, _encoding, done) {
    const { name, nesting } = data
    if (type === 'test:dequeue') tell({ kind: 'started', name, nesting })
    if (type === 'test:diagnostic' && data.message?.startsWith('Error: ')) console.error(data.message)
    if (type === 'test:pass' || type === 'test:fail') tell(ended(data, type === 'test:fail'))
    done()
  },
})

function tell(report: TestReport): void {
  process.send?.(report)
}

function ended(data: EventData, failed: boolean): TestReport {
  const { name, nesting, skip, todo, details } = data
  const skipped = reason(skip, 'skipped') ?? reason(todo, 'to do')
  const suite = details?.type === 'suite'
  const common = { kind: 'ended', name, nesting, line: data.line, suite, skipped } as const
  return failed && skipped === undefined ? { ...common, failure: explain(details?.error) } : common
}

function reason(mark: string | boolean | undefined, otherwise: string): string | undefined {
  if (mark === undefined || mark === false) return undefined
  return mark === true || mark === '' ? otherwise : mark
}

function explain(error: { failureType?: string; cause?: unknown } | undefined): string {
  if (error?.failureType === 'subtestsFailed') return ''
  const cause = error?.cause ?? error
  return typeof cause === 'string' ? cause : inspect(cause, { depth: 6 })
}
