import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isTaken, oneAtATime } from './install-lock.mjs'

/**
 * Installs the dependencies when node_modules is missing or holds other versions than package-lock.json; waits where
 * another process does. Resolves with whether anything was installed. Ends the process when npm fails.
 */
export async function installIfStale(root) {
  if (!isStale(root) && !isTaken(root)) return false
  const { result, waited } = await oneAtATime(root, started => (isStale(root) ? install(root, started) : ''))
  if (result === '') return waited
  console.error(result)
  console.error(
    'The installation failed: see the lines above. The registry must be reachable; then try again.',
  )
  process.exit(1)
}

/** What went wrong, or ''. `started` is told the process of npm. */
function install(root, started) {
  console.error('Installing dependencies (npm ci) ...')
  // NODE_ENV=production would leave out the development dependencies, and Node itself is an optional one.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = spawn('npm', args, {
    cwd: root,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (npm.pid !== undefined) started(npm.pid)
  let said = ''
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', text => (said += text))
  return new Promise(resolve => {
    npm.on('error', error => resolve(`${said}${error}`.trim()))
    npm.on('close', code => resolve(code === 0 ? '' : said.trim() || `npm ended with ${code}`))
  })
}

/** npm records what it installed in a lock file of its own inside node_modules. */
function isStale(root) {
  const wanted = packagesOf(join(root, 'package-lock.json'))
  const present = packagesOf(join(root, 'node_modules', '.package-lock.json'))
  if (wanted === undefined) return false
  if (present === undefined) return true
  const same = name => wanted[name]?.integrity === present[name]?.integrity
  return (
    Object.keys(wanted).some(name => name !== '' && !(name in present) && !wanted[name].optional) ||
    Object.keys(present).some(name => !same(name))
  )
}

function packagesOf(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages
  } catch {
    return undefined
  }
}
