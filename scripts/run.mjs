// Starts a TypeScript file of this checkout: `node scripts/run.mjs FILE [ARGUMENTS]`.
// Plain JavaScript for Node >= 18, since it is what brings the Node that everything else needs.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './launch.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [file, ...args] = process.argv.slice(2)
if (file === undefined) {
  console.error('Which file? Usage: node scripts/run.mjs FILE [ARGUMENTS]')
  process.exit(2)
}
await launch(root, resolve(root, file), args)
