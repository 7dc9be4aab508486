import { globSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

// `npm run bench -- NAME [--json]` runs bench/NAME.ts, which reads the arguments after the name as its own.
const folder = fileURLToPath(new URL('../bench', import.meta.url))
const names = globSync('*.ts', { cwd: folder }).map(file => basename(file, '.ts'))
const [name, ...args] = process.argv.slice(2)

if (name === undefined || !names.includes(name)) {
  const problem = name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`
  console.error(`${problem} Usage: npm run bench -- NAME [--json]. Names: ${names.sort().join(', ')}`)
  process.exit(2)
}
const file = join(folder, `${name}.ts`)
process.argv = [process.execPath, file, ...args]
await import(pathToFileURL(file).href)
