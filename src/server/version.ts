import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** True where the sources themselves run, false in the published package. */
export const isCheckout = import.meta.url.endsWith('.ts')

/** The folder of the package. */
export const packageRoot = fileURLToPath(new URL(isCheckout ? '../../' : '../', import.meta.url))

const manifest = JSON.parse(readFileSync(`${packageRoot}package.json`, 'utf8')) as { version: string }

export const version = manifest.version
