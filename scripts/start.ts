// What `npm start` runs: the factory, with the console that shows it.
import { fileURLToPath } from 'node:url'
import { buildConsole } from './console.ts'

await buildConsole(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, ''), line =>
  console.error(line),
)
await import('../examples/factory/main.ts')
