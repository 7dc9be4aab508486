import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isTest, lineAt, readSources } from './source-text.ts'

const table = 'src/errors.ts'
const page = 'docs/errors.md'

/** The table of codes and its documentation agree, and every code is raised or handled somewhere. */
export async function checkErrors(root: string): Promise<string[]> {
  const { errorCodes } = await import(pathToFileURL(join(root, table)).href)
  const codes = Object.keys(errorCodes)
  const text = existsSync(join(root, page)) ? readFileSync(join(root, page), 'utf8') : ''
  const headings = [...text.matchAll(/^## `?([A-Z][A-Z0-9-]+)`?\s*$/gm)]
  const documented = new Map(headings.map(({ 1: code = '', index }) => [code, lineAt(text, index)]))
  const sources = readSources(root, 'src/**/*.ts').filter(({ path }) => path !== table && !isTest(path))
  const isUsed = (code: string) =>
    sources.some(({ text }) => text.includes(`'${code}'`) || text.includes(`"${code}"`))
  return [
    ...codes
      .filter(code => !documented.has(code))
      .map(code => `${code} of ${table} has no heading "## ${code}" in ${page}`),
    ...[...documented]
      .filter(([code]) => !codes.includes(code))
      .map(([code, line]) => `${page}:${line} explains ${code}, which is not in ${table}`),
    ...codes.filter(code => !isUsed(code)).map(code => `${code} of ${table} is used nowhere in src`),
  ]
}
