import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

/** What the built console depends on. */
const sources = ['console/{index.html,package.json,vite.config.ts,public/**,src/**}', 'package-lock.json']

/** Builds the console where its files are missing or older than its sources. Rejects with what the build said. */
export async function buildConsole(root: string, say: (line: string) => void): Promise<void> {
  const stamp = join(root, 'console/dist/.built')
  const wanted = digestOf(root)
  if (read(stamp) === wanted) return
  say('Building the console ...')
  const vite = join(root, 'node_modules/vite/bin/vite.js')
  const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: join(root, 'console'),
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (code !== 0) throw new Error(`The console could not be built:\n${out}${err}`)
  writeFileSync(stamp, wanted)
}

function digestOf(root: string): string {
  const files = sources.flatMap(pattern => globSync(pattern, { cwd: root, withFileTypes: true }))
  const digest = createHash('sha256')
  const paths = files.filter(file => file.isFile()).map(file => join(file.parentPath, file.name))
  for (const path of paths.sort()) digest.update(`${path.slice(root.length)}\0`).update(readFileSync(path))
  return digest.digest('hex')
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
