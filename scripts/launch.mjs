import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { guardProcess } from './guard.mjs'
import { installIfStale } from './install.mjs'

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']

/**
 * Runs a TypeScript file under a Node that can, installing what is missing first. This process becomes that
 * program when its own Node is recent enough; else it starts the Node of node_modules, hands on its signals
 * and ends as that one ended. The program never outlives this process, also when that is killed with -9.
 */
export async function launch(root, file, args) {
  const startedBy = process.ppid
  const installed = await installIfStale(root)
  // After an install this process may be running a Node whose file has just been replaced.
  if (canRunTypeScript() && !installed) return runHere(file, args, startedBy)
  const node = nodeOfCheckout(root)
  if (node !== undefined) return runIn(node, file, args, startedBy)
  if (Number.parseInt(process.versions.node, 10) >= 24) return runHere(file, args, startedBy)
  console.error(
    `Isthmus needs Node >= 24; this is ${process.versions.node}, and npm has none for ${process.platform} ` +
      `${process.arch} in node_modules. Install Node 24, or run \`npm ci\` again if it was interrupted.`,
  )
  process.exit(1)
}

/** 24 for its TypeScript, and an SQLite >= 3.51.3: earlier ones can corrupt a write-ahead log. */
function canRunTypeScript() {
  const [major] = process.versions.node.split('.').map(Number)
  const [a, b, c] = (process.versions.sqlite ?? '0.0.0').split('.').map(Number)
  return major >= 24 && (a - 3 || b - 51 || c - 3) >= 0
}

/** The binary that one of the optional `node-PLATFORM-CPU` packages brought: on macOS, which has no current 24, a 26. */
function nodeOfCheckout(root) {
  const modules = join(root, 'node_modules')
  const binary = process.platform === 'win32' ? 'node.exe' : 'node'
  return readdirSync(modules)
    .filter(name => /^node-(bin-)?(linux|darwin|win)-/.test(name))
    .map(name => join(modules, name, 'bin', binary))
    .find(path => existsSync(path))
}

async function runHere(file, args, startedBy) {
  guardProcess()
  watchNpm(startedBy, () => process.kill(process.pid, 'SIGKILL'))
  process.argv = [process.argv[0], file, ...args]
  await import(pathToFileURL(file).href)
}

function runIn(node, file, args, startedBy) {
  const preload = new URL('./preload.mjs', import.meta.url).href
  const child = spawn(node, ['--import', preload, file, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of forwarded) process.on(signal, () => child.kill(signal))
  watchNpm(startedBy, () => {
    child.kill('SIGKILL')
    process.exit(1)
  })
  child.on('error', error => {
    console.error(`Could not start ${node}: ${error.message}`)
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code)
    for (const name of forwarded) process.removeAllListeners(name)
    process.kill(process.pid, signal)
    // The signal arrives a moment later, or not at all where this platform cannot raise it.
    setTimeout(() => process.exit(1), 1000)
  })
}

/**
 * npm and npx do not take their children along when they are killed, so what they started looks whether they
 * are still there. What a shell or a service manager started may outlive its parent.
 */
function watchNpm(startedBy, gone) {
  if (process.env.npm_execpath === undefined) return
  const above = parentOfShell(startedBy)
  setInterval(() => {
    if (process.ppid !== startedBy || parentOfShell(startedBy) !== above) gone()
  }, 100).unref()
}

/** npm runs a script through a shell, which on Linux may stay in between and outlive it. */
function parentOfShell(pid) {
  try {
    const [, name, parent] = /\((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return /^(ba|da|a|z|k)?sh$/.test(name) ? parent : undefined
  } catch {
    return undefined
  }
}
