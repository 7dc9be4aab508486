import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const python = '/usr/bin/python3'

/** Debian packages without which nothing can be fetched. */
export function missingForWheels(): readonly string[] {
  return existsSync('/usr/bin/pip3') ? [] : ['python3-pip']
}

/** The folder in which a package of PyPI is installed, alone. It is fetched once for all clones of this machine's user. */
export async function fetchedWheel(
  name: string,
  version: string,
  say: (line: string) => void,
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'isthmus')
  const folder = join(cache, `${name}-${version}`)
  if (existsSync(folder)) return folder
  say(`Fetching ${name} (pip) ...`)
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  const options = [
    '--quiet',
    '--no-deps',
    '--no-compile',
    '--only-binary=:all:',
    '--disable-pip-version-check',
  ]
  try {
    await run(python, ['-m', 'pip', 'install', ...options, '--target', draft, `${name}==${version}`], {
      timeout: 300_000,
    })
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another start may have been quicker.
    if (!existsSync(folder)) throw error
  }
  return folder
}
