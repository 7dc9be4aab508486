import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism, cpus, freemem } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TestReport } from './test-reporter.ts'

const reporter = fileURLToPath(new URL('./test-reporter.ts', import.meta.url))
/** Makes a test file end when the runner is killed. */
const preload = new URL('./preload.mjs', import.meta.url).href
const unwatchedPromises = new URL('./unwatched-promises.mjs', import.meta.url).href

export interface FileResult {
  readonly file: string
  readonly milliseconds: number
  /** Test cases: what has no tests inside it. */
  readonly passed: number
  readonly failures: readonly TestFailure[]
  readonly skipped: readonly { readonly name: string; readonly reason: string }[]
  /** What the file wrote to its standard output and error. */
  readonly output: string
}

export interface TestFailure {
  readonly name: string
  readonly text: string
  /** It is the file's own: what it wrote tells more. */
  readonly whole?: true
}

export interface RunOptions {
  readonly cwd: string
  /** A file that takes longer is killed with everything it started, and counts as failed. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
  readonly onResult: (result: FileResult) => void
}

/**
 * Runs every file in a process of its own: as many at a time as there are cores, and more while these have nothing to do,
 * since many tests wait for others rather than compute.
 */
export async function runTestFiles(files: readonly string[], options: RunOptions): Promise<FileResult[]> {
  const waiting = options.signal?.aborted ? [] : [...files]
  const results: FileResult[] = []
  options.signal?.addEventListener('abort', () => waiting.splice(0))
  const next = async (): Promise<boolean> => {
    const file = waiting.shift()
    if (file === undefined) return false
    const result = await runFile(file, options)
    results.push(result)
    options.onResult(result)
    return true
  }
  const runAll = async () => {
    while (await next());
  }
  const running = Array.from({ length: availableParallelism() }, runAll)
  await Promise.all([...running, runMoreWhileIdle(() => waiting.length > 0, next)])
  return results
}

/** At most as many again as there are cores, and one more at a time, since what has just begun computes. */
async function runMoreWhileIdle(areWaiting: () => boolean, next: () => Promise<unknown>): Promise<void> {
  const running = new Set<Promise<unknown>>()
  for (let before = coreTimes(); areWaiting(); ) {
    await delay(1000)
    const now = coreTimes()
    const idle = (now.idle - before.idle) / (now.all - before.all)
    before = now
    if (idle < 0.25 || running.size === availableParallelism() || freemem() < 2 ** 31) continue
    const one = next().finally(() => running.delete(one))
    running.add(one)
  }
  await Promise.all(running)
}

/** Of all cores together, milliseconds since the machine was started. */
function coreTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map(({ times }) => times)
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0),
  }
}

async function runFile(file: string, options: RunOptions): Promise<FileResult> {
  const started = performance.now()
  const ending = await runProcess(file, options)
  const milliseconds = Math.round(performance.now() - started)
  return { file, milliseconds, ...count(ending, options.timeoutMs), output: ending.output }
}

interface Ending {
  readonly reports: readonly TestReport[]
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly timedOut: boolean
  readonly output: string
}

async function runProcess(file: string, options: RunOptions): Promise<Ending> {
  const args = [
    '--import',
    preload,
    '--import',
    unwatchedPromises,
    `--test-reporter=${reporter}`,
    '--test-reporter-destination=stdout',
    file,
  ]
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    // A process group of its own: what a killed test file has started goes with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const chunks: Buffer[] = []
  child.stdout?.on('data', chunk => chunks.push(chunk))
  child.stderr?.on('data', chunk => chunks.push(chunk))
  const reports: TestReport[] = []
  child.on('message', report => reports.push(report as TestReport))
  let timedOut = false
  const kill = () => killGroup(child)
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, options.timeoutMs)
  options.signal?.addEventListener('abort', kill)
  const closed = once(child, 'close')
  // The channel closes after its last message.
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')])
  clearTimeout(timer)
  options.signal?.removeEventListener('abort', kill)
  kill()
  // A process left behind in a group of its own may hold the pipes open.
  await Promise.race([closed, delay(1000, undefined, { ref: false })])
  child.stdout?.destroy()
  child.stderr?.destroy()
  return { reports, code, signal, timedOut, output: Buffer.concat(chunks).toString() }
}

function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  } catch {
    // Nothing of the group is left.
  }
}

function count(ending: Ending, timeoutMs: number) {
  const failures: TestFailure[] = []
  const skipped: { name: string; reason: string }[] = []
  let passed = 0
  let previousNesting = 0
  for (const report of ending.reports) {
    if (report.kind === 'started') continue
    // The tests inside another one are reported just before it.
    const isCase = !report.suite && previousNesting <= report.nesting
    previousNesting = report.nesting
    const at = report.line === undefined ? report.name : `${report.name} (line ${report.line})`
    if (report.failure) failures.push({ name: at, text: report.failure })
    else if (report.skipped !== undefined) skipped.push({ name: report.name, reason: report.skipped })
    else if (isCase && report.failure === undefined) passed += 1
  }
  const whole = failureOfFile(ending, timeoutMs, failures.length)
  if (whole !== undefined) failures.push({ name: 'the file itself', text: whole, whole: true })
  return { passed, failures, skipped }
}

function failureOfFile(
  { reports, code, signal, timedOut }: Ending,
  timeoutMs: number,
  failures: number,
): string | undefined {
  const last = reports.at(-1)
  const running = last?.kind === 'started' ? `; "${last.name}" was running` : ''
  if (timedOut) return `killed after ${timeoutMs / 1000} s${running}`
  if (signal !== null) return `ended by ${signal}${running}`
  if (code !== 0 && failures === 0) return `ended with exit code ${code}; its output follows`
  if (reports.length === 0) return 'holds no test'
  return undefined
}
