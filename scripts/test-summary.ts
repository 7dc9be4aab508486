import type { CheckResult } from './checks.ts'
import type { FileResult } from './test-files.ts'

/** Together with the count they fit into the end of a log, which is often all that is shown of it. */
const linesOfFailures = 50
const longestLine = 300

export interface TestSummary {
  /** Each test that did not run is in them, and why it did not. */
  readonly skipped: readonly string[]
  /** Each failure's name, and how it begins: of few more than of many. */
  readonly failed: readonly string[]
  readonly hasFailed: boolean
  /** The last line: `N passed, N failed[, N skipped]`. */
  readonly count: string
}

interface Failure {
  readonly name: string
  readonly text: string
}

/** A check counts like a test, and so does a server that is missing where it is required. */
export function summarise(
  checks: readonly CheckResult[],
  results: readonly FileResult[],
  missing: readonly string[],
): TestSummary {
  const failedChecks = checks
    .filter(({ problems }) => problems.length > 0)
    .map(({ name, problems }) => ({ name: `check: ${name}`, text: problems.join('\n') }))
  const failures = [
    ...failedChecks,
    ...missing.map(name => ({ name, text: '' })),
    ...results.flatMap(failuresOf),
  ]
  const passed = checks.length - failedChecks.length + results.reduce((sum, result) => sum + result.passed, 0)
  const skipped = results.reduce((sum, result) => sum + result.skipped.length, 0)
  return {
    skipped: results.flatMap(skippedOf),
    failed: failedLines(failures),
    hasFailed: failures.length > 0,
    count: `${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  }
}

/** What a file says before it dies stands for the error that it could not report. */
function failuresOf({ file, failures, output }: FileResult): Failure[] {
  const last = output.trimEnd().split('\n').slice(-10).join('\n')
  return failures.map(({ name, text, whole }) => ({
    name: `${file}: ${name}`,
    text: whole ? `${text}\n${last}` : text,
  }))
}

/** One line for each reason of a file, since what is run over many systems is skipped for many of them. */
function skippedOf({ file, skipped }: FileResult): string[] {
  const byReason = Map.groupBy(skipped, ({ reason }) => reason)
  return [...byReason].map(([reason, tests]) => {
    const names = [...new Set(tests.map(({ name }) => name))].join('; ')
    return `skipped  ${file}: ${tests.length} × ${reason}: ${names}`
  })
}

function failedLines(failures: readonly Failure[]): string[] {
  const each = Math.max(0, Math.floor(linesOfFailures / Math.max(1, failures.length)) - 1)
  return failures.flatMap(({ name, text }) => [
    `failed   ${shorten(name)}`,
    ...text
      .split('\n')
      .filter(line => line.trim() !== '')
      .slice(0, Math.min(each, 20))
      .map(line => `           ${shorten(line)}`),
  ])
}

function shorten(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)} …` : line
}
