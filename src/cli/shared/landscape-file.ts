import { existsSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { defaultData } from '../../server/configuration.ts'
import { isCheckout, packageRoot } from '../../server/version.ts'

const names = [
  'isthmus.ts',
  'isthmus.js',
  'isthmus.mjs',
  'landscape.ts',
  'landscape.js',
  'index.ts',
  'index.js',
]

/** The landscape of a file, or of the file in a folder that has one of the known names. */
export async function loadLandscape(path = '.'): Promise<Landscape> {
  const file = landscapeFile(path)
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (error) {
    throw explained(error, file)
  }
  return requireLandscape(loaded, shortPath(file))
}

/**
 * Where an instance of the landscape of `path` keeps its data if nothing is said: beside the file that is loaded, by
 * whatever name and from whatever folder it is called.
 */
export function dataBeside({ name }: Landscape, path = '.'): string {
  return defaultData(name, dirname(realpathSync(landscapeFile(path))))
}

/** Throws CLI-USAGE where there is none. */
export function landscapeFile(path: string): string {
  const place = resolve(path)
  if (!existsSync(place))
    throw new IsthmusError('CLI-USAGE', `There is no ${path}. Give a landscape's folder or file.`)
  if (!statSync(place).isDirectory()) return place
  const found = names.map(name => join(place, name)).find(file => existsSync(file))
  if (found) return found
  const where = path === '.' ? 'this folder' : path
  throw new IsthmusError(
    'CLI-USAGE',
    `There is no landscape in ${where}: looked for ${names.join(', ')}.\nMake one by \`isthmus new DIR\`.`,
  )
}

function requireLandscape(loaded: { readonly default?: unknown }, file: string): Landscape {
  const found = loaded.default
  const parts = (typeof found === 'object' && found !== null ? found : {}) as Partial<Landscape>
  if (typeof parts.name === 'string' && Array.isArray(parts.systems) && Array.isArray(parts.flows))
    return found as Landscape
  const what = 'default' in loaded ? `exports ${describe(found)} by default` : 'has no default export'
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `${file} ${what}.\nA landscape is expected: export default landscape({ systems: [...], flows: [...] })`,
  )
}

function describe(value: unknown): string {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : `a ${typeof value}`
  const fields = Object.keys(value)
  return fields.length > 0 ? `an object with ${fields.slice(0, 5).join(', ')}` : 'an empty object'
}

/** Where it went wrong in the user's files, and what to do; never our own stack. */
function explained(error: unknown, file: string): IsthmusError {
  const reason = reasonOf(error)
  const at = placeOf(error) ?? shortPath(file)
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  const stated = (text: string) => new IsthmusError('FLOW-DEFINITION', text, { cause: error })
  if (code === 'ERR_MODULE_NOT_FOUND') {
    const missing = /package '([^']+)'/.exec(reason)?.[1]
    const remedy = missing ? `Install it: npm install ${missing}` : 'Check the path of the import.'
    return stated(`${reason.replaceAll(`${resolve('.')}/`, '')}.\n${remedy}`)
  }
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
    return stated(
      `${at}: ${reason}.\nNode runs TypeScript by removing types: write what is left as plain JavaScript.`,
    )
  if (error instanceof SyntaxError) return stated(`${at}: ${reason}\n${excerpt(error)}`.trimEnd())
  if (reason.startsWith(at)) return stated(reason)
  return stated(`${at}: ${reason}`)
}

/** `file:line` of the user's code. */
function placeOf(error: unknown): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const ours = isCheckout ? join(packageRoot, 'src') : packageRoot
  for (const line of stack.split('\n')) {
    const [, place, number] =
      /(?:^|\(|at (?:async )?)((?:file:\/\/|\/|[A-Z]:\\)[^()]*?):(\d+)(?::\d+)?\)?$/.exec(line) ?? []
    if (place === undefined) continue
    const path = place.startsWith('file:') ? fileURLToPath(place) : place
    if (!path.startsWith(ours) && !path.includes('node_modules')) return `${shortPath(path)}:${number}`
  }
  return undefined
}

/** The line of code that a syntax error points at. */
function excerpt(error: Error): string {
  const lines = (error.stack ?? '').split('\n')
  const pointer = lines.findIndex(line => /^\s*\^+\s*$/.test(line))
  return pointer > 0 ? lines.slice(pointer - 1, pointer + 1).join('\n') : ''
}

/** As a person in this folder would call it. */
export function shortPath(path: string): string {
  const short = relative('.', path)
  return short.startsWith('..') || short === '' ? path : short
}
