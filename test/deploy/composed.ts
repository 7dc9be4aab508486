import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

export const root = join(import.meta.dirname, '../..')
export const deploy = join(root, 'deploy')

export interface Service {
  readonly image: string
  readonly profiles: readonly string[]
  readonly user?: string
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string | number>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly secrets?: readonly (string | { readonly source: string; readonly target: string })[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string; readonly required?: boolean }>>
  readonly healthcheck?: { readonly test?: readonly string[]; readonly disable?: boolean }
  readonly stop_grace_period?: string
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string }
}

export interface Composed {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly secrets: Readonly<Record<string, { readonly file: string }>>
}

export const composeText = readFileSync(join(deploy, 'compose.yaml'), 'utf8')

/** `deploy/compose.yaml`, with variables put in as Compose does it. Throws where one is needed and not there. */
export function composed(environment: Readonly<Record<string, string>> = {}): Composed {
  const text = composeText.replace(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name, kind, fallback) => {
    const value = environment[name]
    if (value) return value
    if (kind === '-') return fallback
    throw new Error(`${name} is not set.`)
  })
  return parse(text, { merge: true }) as Composed
}

/** The variables of a file such as `.env`. */
export function variablesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
