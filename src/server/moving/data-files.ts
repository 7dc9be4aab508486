import { constants, copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'

/**
 * What an instance keeps beside its store, in the data directory: the key that opens second factors, and key and heads of the
 * audit. `control.json` is made anew by each start.
 */
export const dataFiles = ['people.key', 'audit-key.pem', 'audit-key.pub.pem', 'audit-heads.jsonl'] as const

/** Copies them; what is there already stays. Gives which came. */
export function copyDataFiles(from: string, to: string): string[] {
  const going = dataFiles.filter(name => existsSync(join(from, name)) && !existsSync(join(to, name)))
  for (const name of going) copyFileSync(join(from, name), join(to, name), constants.COPYFILE_EXCL)
  return going
}
