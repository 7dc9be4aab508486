import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// `npm run bench -- console PART [...]` runs bench/console/PART.ts, which reads what follows as its own.
const folder = fileURLToPath(new URL('./console', import.meta.url))
const parts = globSync('*.ts', { cwd: folder }).map(file => basename(file, '.ts'))
const part = process.argv[2] ?? ''
if (!parts.includes(part)) {
  console.error(`Which part? Usage: npm run bench -- console PART. Parts: ${parts.sort().join(', ')}`)
  process.exit(2)
}
await import(pathToFileURL(join(folder, `${part}.ts`)).href)
