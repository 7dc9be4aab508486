import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const noStrace = spawnSync('strace', ['-V']).error !== undefined
if (noStrace && process.env.CI === 'true')
  throw new Error('strace is needed to inject faults: apt-get install strace')
/** For the `skip` option of a test. */
export const needsStrace = noStrace ? 'strace is not installed' : false

export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly lines: readonly string[]
  readonly accepted: readonly number[]
  readonly settled: readonly number[]
}

export interface VictimOptions {
  readonly directory: string
  /** A fault for strace, as in `fsync:error=EIO:when=3`. */
  readonly inject?: string
  /** Only system calls on this file. */
  readonly path?: string
  /** Writes these system calls down. */
  readonly trace?: { readonly calls: string; readonly log: string }
  readonly count?: number
  readonly atOnce?: number
  readonly first?: number
  /** What the victim does when the store has failed. */
  readonly ending?: 'exit' | 'kill'
  /** The program; sqlite-victim.ts unless told. */
  readonly program?: string
}

/** Runs the victim under a fault until it ends, however it ends. */
export async function runVictim(options: VictimOptions): Promise<Ending> {
  const { directory, count = 40, atOnce = 3, first = 1, ending = 'exit' } = options
  const { program = 'sqlite-victim.ts' } = options
  const victim = [join(import.meta.dirname, program), directory, count, atOnce, first, ending].map(String)
  const [file = '', ...args] = [...strace(options), process.execPath, ...victim]
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', chunk => chunks.push(chunk))
  child.stderr.on('data', chunk => errors.push(chunk))
  const [code, signal] = await once(child, 'close')
  const lines = Buffer.concat(chunks).toString().split('\n')
  const numbers = (prefix: string) =>
    lines.filter(line => line.startsWith(prefix)).map(line => Number(line.slice(2)))
  const unexpected = Buffer.concat(errors).toString()
  if (code !== 0 && code !== 86 && signal === null && code !== 137)
    throw new Error(`the victim ended with ${code}: ${unexpected}`)
  return { code, signal, lines, accepted: numbers('a '), settled: numbers('s ') }
}

function strace({ inject, path, trace }: VictimOptions): string[] {
  const common = ['strace', '-f', '-qqq', ...(path === undefined ? [] : ['-P', path])]
  if (trace !== undefined) return [...common, '-o', trace.log, '-e', `trace=${trace.calls}`]
  if (inject === undefined) return []
  return [...common, '-o', '/dev/null', '-e', `trace=${inject.split(':')[0]}`, '-e', `inject=${inject}`]
}

export async function inTemporary(use: (directory: string) => Promise<void> | void): Promise<void> {
  const parent = mkdtempSync(join(tmpdir(), 'isthmus-recovery-'))
  try {
    await use(join(parent, 'data'))
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}
