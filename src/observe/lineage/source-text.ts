import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

/** A function as its author wrote it. Without a place where the text is not found in the file of its flow. */
export interface SourceText {
  readonly text: string
  /** Of its first line; the file as the flow's `at` has it. */
  readonly file?: string
  readonly line?: number
}

/**
 * Finds functions in the file that declares them. What runs is the text of the file with blanks in the place of types,
 * so that both have the same places; where the file has changed since it was loaded, a function has no place.
 */
export class SourceFiles {
  readonly #files = new Map<string, { readonly written: string; readonly runs: string } | undefined>()

  /** `at` is `file:line` of the declaration behind which the function is looked for first. */
  of(code: (...given: never[]) => unknown, at: string | undefined): SourceText {
    const runs = String(code)
    const [, file, line] = /^(.*):(\d+)$/.exec(at ?? '') ?? []
    const known = file === undefined ? undefined : this.#read(file)
    if (!known || file === undefined) return { text: tidy(runs) }
    const from = startOfLine(known.runs, Number(line))
    const behind = known.runs.indexOf(runs, from)
    const found = behind === -1 ? known.runs.indexOf(runs) : behind
    if (found === -1) return { text: tidy(runs) }
    const text = known.written.slice(found, found + runs.length)
    return { text: tidy(text), file, line: known.written.slice(0, found).split('\n').length }
  }

  #read(file: string) {
    if (!this.#files.has(file)) this.#files.set(file, readSource(file))
    return this.#files.get(file)
  }
}

function readSource(file: string): { written: string; runs: string } | undefined {
  try {
    const written = readFileSync(file, 'utf8')
    return { written, runs: file.endsWith('.ts') ? stripped(written) : written }
  } catch {
    return undefined
  }
}

/** Node warns that the function it itself uses may change. */
function stripped(text: string): string {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(text)
  } finally {
    process.emitWarning = emitWarning
  }
}

function startOfLine(text: string, line: number): number {
  let at = 0
  for (let n = 1; n < line && at !== -1; n++) at = text.indexOf('\n', at) + 1
  return Math.max(0, at)
}

/** Without the indentation that all further lines share. */
function tidy(text: string): string {
  const lines = text.split('\n')
  const indents = lines
    .slice(1)
    .flatMap(line => (line.trim() === '' ? [] : [/^ */.exec(line)?.[0].length ?? 0]))
  const least = Math.min(...indents, 200)
  return lines.map((line, n) => (n === 0 ? line : line.slice(least)).trimEnd()).join('\n')
}
