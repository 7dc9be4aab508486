import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { deploy } from './composed.ts'

export const chart = join(deploy, 'helm/isthmus')

export const withoutHelm = missing('ISTHMUS_TEST_HELM', 'helm')
export const withoutHadolint = missing('ISTHMUS_TEST_HADOLINT', 'hadolint')

/** An object of Kubernetes; tests reach into it. */
// biome-ignore lint/suspicious/noExplicitAny: its shape is checked by its published schema
export type Rendered = any

export interface Charts {
  readonly lint: { readonly messages: readonly { readonly severity: number; readonly error: string }[] }
  readonly cases: Readonly<
    Record<string, { readonly files?: Record<string, string>; readonly error?: string }>
  >
}

/** Renders the chart once for each of the values; what is refused has an error. */
export function render(cases: Readonly<Record<string, object>>): Charts {
  const { stdout, stderr, status } = spawnSync('python3', [join(import.meta.dirname, 'render.py')], {
    input: JSON.stringify({ chart, lint: 'v1.30.0', cases }),
    env: { ...process.env, PYTHONPATH: process.env.ISTHMUS_TEST_HELM },
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
    timeout: 500_000,
  })
  if (status !== 0) throw new Error(`Helm ended with ${status}: ${stderr}`)
  return JSON.parse(stdout) as Charts
}

export function objectsOf(files: Readonly<Record<string, string>>): Rendered[] {
  return Object.entries(files)
    .filter(([name]) => name.endsWith('.yaml'))
    .flatMap(([name, text]) =>
      parseAllDocuments(text).map(document => {
        if (document.errors.length > 0) throw new Error(`${name}: ${document.errors[0]}`)
        return document.toJS()
      }),
    )
    .filter(object => object !== null)
}

function missing(variable: string, server: string): string | false {
  if (process.env[variable] !== undefined) return false
  if (process.env.ISTHMUS_REQUIRE_SERVERS === '1')
    throw new Error(`${variable} is not set: see scripts/servers/${server}.ts`)
  return `no ${server}: ${variable} is not set`
}
