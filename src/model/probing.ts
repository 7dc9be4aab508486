import { IsthmusError } from '../errors.ts'

/** Names of the code tables that were asked, while lineage is being looked for. */
let tables: Set<string> | undefined

/**
 * Runs a mapping function on a sample. The helpers of mappings park what they have no answer for; of a sample, which is
 * made up, they give a stand-in instead, so that what the function reads behind it is seen too.
 */
export function probing<T>(run: () => T): { readonly result: T; readonly tables: readonly string[] } {
  const outer = tables
  const used = new Set<string>()
  tables = used
  try {
    return { result: run(), tables: [...used] }
  } finally {
    tables = outer
  }
}

export function isProbing(): boolean {
  return tables !== undefined
}

/** Tells that the mapping function which is being probed is made of this table, too. */
export function usesTable(name: string): void {
  tables?.add(name)
}

/** Parks the message: a mapping has no answer for a value. Of a made-up sample it gives `standIn`. */
export function noAnswer<T>(reason: string, standIn: T): T {
  if (isProbing()) return standIn
  throw new IsthmusError('MAP-VALUE', reason)
}
