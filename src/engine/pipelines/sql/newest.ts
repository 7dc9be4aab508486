import type { Load } from '../../../flow/pipeline/load.ts'

/** The column that tells which of several rows of a key counts. */
export function newestOf(load: Load): string | undefined {
  return typeof load === 'object' && 'newest' in load ? load.newest : undefined
}
