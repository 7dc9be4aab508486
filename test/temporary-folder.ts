import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folders: string[] = []
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
})

/**
 * A folder that is deleted when this process ends. Hooks of a test run in the order in which they were registered: one
 * that deleted the folder would come before those that end what works in it.
 */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `isthmus-${name}-`))
  folders.push(folder)
  return folder
}
