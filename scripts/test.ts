import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { describeCheck, runChecks } from './checks.ts'
import { buildConsole } from './console.ts'
import { type FileResult, runTestFiles } from './test-files.ts'
import { startTestServers } from './test-servers.ts'
import { summarise, type TestSummary } from './test-summary.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Those last that take little time, so that all end together. */
const folders = ['examples', 'test', 'src', 'console/src']
/** Where the test files keep what they have compiled: the programs that they start take it from there. */
const compileCache = join(tmpdir(), 'node-compile-cache')
const required = process.env.CI === 'true'

const wanted = process.argv.slice(2)
const files = testFiles(wanted)
if (files.length === 0) {
  console.error(`No test file's path contains ${wanted.join(' or ')}.`)
  process.exit(2)
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())

await buildConsole(root.replace(/\/$/, ''), line => console.log(line))
const starting = startTestServers(root, line => console.log(line))
// Whoever names files wants to know about these only.
const checks = wanted.length === 0 ? await runChecks(root) : []
for (const check of checks) console.log(describeCheck(check))
const servers = await starting
for (const reason of servers.missing) console.log(styleText('yellow', `Missing: ${reason}`))
Object.assign(
  process.env,
  servers.env,
  { NODE_COMPILE_CACHE: compileCache },
  required ? { ISTHMUS_REQUIRE_SERVERS: '1' } : {},
)
try {
  const options = { cwd: root, timeoutMs: 1_800_000, signal: stop.signal, onResult: tell }
  const results = await runTestFiles(files, options)
  if (stop.signal.aborted) console.log('Interrupted.')
  else tellAll(summarise(checks, results, required ? servers.missing : []))
} finally {
  await servers.stop()
}
if (stop.signal.aborted) process.exit(130)

/** All of them, or those whose path contains one of the given texts. */
function testFiles(wanted: readonly string[]): string[] {
  const all = folders.flatMap(folder => globSync(`${folder}/**/*.test.ts`, { cwd: root }).sort())
  const texts = wanted.map(text => text.replace(/^\.\//, ''))
  return texts.length === 0 ? all : all.filter(file => texts.some(text => file.includes(text)))
}

function tell({ file, milliseconds, passed, failures, output }: FileResult): void {
  if (stop.signal.aborted) return
  const mark = failures.length === 0 ? styleText('green', '✔') : styleText('red', '✖')
  console.log(`${mark} ${file} ${styleText('gray', `(${passed} in ${milliseconds} ms)`)}`)
  for (const { name, text } of failures) console.log(indent(`${styleText('red', name)}\n${indent(text)}`))
  const last = output.trimEnd().split('\n').slice(-200).join('\n')
  if (failures.length > 0 && last !== '') console.log(indent(`output of ${file}:\n${indent(last)}`))
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, '  ')
}

/** What failed is told last: of a long log its end is read first. */
function tellAll({ skipped, failed, hasFailed, count }: TestSummary): void {
  for (const line of skipped) console.log(styleText('yellow', line))
  for (const line of failed) console.log(styleText('red', line))
  console.log(count)
  if (hasFailed) process.exitCode = 1
}
