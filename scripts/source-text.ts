import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A file with its path relative to the root, always with forward slashes. */
export interface SourceFile {
  readonly path: string
  readonly text: string
}

export function readSources(root: string, pattern: string): SourceFile[] {
  return globSync(pattern, { cwd: root })
    .map(path => path.replaceAll('\\', '/'))
    .sort()
    .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

export function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/**
 * The code alone, of the same length and lines: comments and the insides of strings, templates and regular
 * expressions become spaces. Expressions inside a template are blanked with it.
 */
export function codeOf(text: string): string {
  return text.replace(literal, (match, before: string | undefined) => {
    if (before !== undefined) return before + blank(match.slice(before.length))
    const quoted = match[0] !== '/'
    return quoted ? match[0] + blank(match.slice(1, -1)) + match.at(-1) : blank(match)
  })
}

/** In this order: comments, strings, templates (one level of `${}` deep), regular expressions after an operator. */
const literal = new RegExp(
  [
    /\/\/[^\n]*|\/\*[\s\S]*?\*\//,
    /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/,
    /`(?:\\[\s\S]|\$\{(?:`(?:\\[\s\S]|[^`\\])*`|[^`}])*\}|[^`\\])*`/,
    /((?:[(,=:[!&|?{};+>]|\breturn|\bcase)\s*)\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\//,
  ]
    .map(part => part.source)
    .join('|'),
  'g',
)

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}

export interface ImportStatement {
  readonly specifier: string
  readonly line: number
}

/** `import` and `export ... from`, those of types included, `import('...')` and `typeof import('...')`. */
export function importsOf(text: string): ImportStatement[] {
  const code = codeOf(text)
  const found = code.matchAll(
    /(?:^\s*(?:import|export)\b[^'"`;=]*?\bfrom\s*|^\s*import\s*|\bimport\(\s*)(['"])( *)\1/gm,
  )
  return [...found].map(match => {
    const end = match.index + match[0].length - 1
    const start = end - (match[2]?.length ?? 0)
    return { specifier: text.slice(start, end), line: lineAt(text, start) }
  })
}
