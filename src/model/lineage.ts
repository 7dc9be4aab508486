import { observe } from './observed.ts'
import { probing } from './probing.ts'
import { samplesOf } from './sample.ts'
import type { JsonSchema } from './schema-validator.ts'

/** Dotted paths of source fields that a target field is made from; `[]` stands for each element of an array. */
export interface FieldLineage {
  readonly sources: readonly string[]
  /**
   * False when nothing is known of the source, or the function failed on a sample: behind the failure more fields may
   * be read. Masking takes such a field for personal.
   */
  readonly complete: boolean
  /** Code tables that it is made by: `NAME CONTENT`, where the second changes with what stands in the table. */
  readonly tables?: readonly string[] | undefined
}

export type Lineage = Readonly<Record<string, FieldLineage>>

/**
 * Runs each mapping function on samples drawn from the source's schema and notes which fields it reads. Several
 * samples (optional fields present and absent, each value of an enumeration) show the branches a function may take; a
 * branch that no sample reaches is not seen.
 */
export function probeLineage(
  fields: readonly (readonly [string, (source: never) => unknown])[],
  schema: JsonSchema,
): Lineage {
  const isKnown = Object.keys(schema).length > 0
  const samples = isKnown ? samplesOf(schema) : []
  return Object.fromEntries(fields.map(([name, field]) => [name, probeField(field, samples)]))
}

function probeField(field: (source: never) => unknown, samples: readonly unknown[]): FieldLineage {
  const sources = new Set<string>()
  const tables = new Set<string>()
  let complete = samples.length > 0
  for (const sample of samples) {
    try {
      const run = () => readAll(field(observe(sample, path => sources.add(path)) as never))
      for (const table of probing(run).tables) tables.add(table)
    } catch {
      // What it read before it failed is known; another sample may go further, by another branch.
      complete = false
    }
  }
  return { sources: leavesOf(sources), complete, ...(tables.size > 0 && { tables: [...tables].sort() }) }
}

/** A field that hands on a whole object reads all of it. */
function readAll(value: unknown): void {
  if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) readAll(inner)
}

/** Reading `a.b` reads `a` on the way; only the ends are lineage. */
function leavesOf(paths: ReadonlySet<string>): string[] {
  const sorted = [...paths].sort()
  return sorted.filter(
    path => !sorted.some(other => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`)),
  )
}
