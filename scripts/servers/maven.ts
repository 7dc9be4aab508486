import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Library {
  /** What is fetched, and its version: together they name its folder. */
  readonly name: string
  readonly version: string
  /** The pom.xml that names what is needed. */
  readonly pom: string
}

/** The folder with the jars. They are fetched once for all clones of this machine's user. */
export async function fetchedJars(
  { name, version, pom }: Library,
  say: (line: string) => void = () => {},
): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'isthmus')
  const folder = join(cache, `${name}-${version}`)
  if (existsSync(folder)) return folder
  say(`Fetching ${name} (mvn) ...`)
  mkdirSync(cache, { recursive: true })
  const draft = mkdtempSync(`${folder}-`)
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${draft}`, '-DincludeScope=runtime']
  try {
    await run('mvn', ['-q', '-B', '-f', pom, ...goal], { timeout: 300_000 })
    renameSync(draft, folder)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    // Another start may have been quicker.
    if (!existsSync(folder)) throw error
  }
  return folder
}
