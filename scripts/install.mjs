import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Installs the dependencies when node_modules is missing or holds other versions than package-lock.json.
 * Returns whether it did. Ends the process when npm fails.
 */
export function installIfStale(root) {
  if (!isStale(root)) return false
  console.error('Installing dependencies (npm ci) ...')
  // NODE_ENV=production would leave out the development dependencies, and Node itself is an optional one.
  const args = ['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = spawnSync('npm', args, {
    cwd: root,
    shell: process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  })
  if (npm.status === 0) return true
  console.error(`${npm.stdout ?? ''}${npm.stderr ?? ''}${npm.error ?? ''}`.trim())
  console.error(
    'The installation failed: see the lines above. The registry must be reachable; then try again.',
  )
  process.exit(1)
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
