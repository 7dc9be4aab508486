import type { Model } from '../model.ts'
import type { JsonSchema } from '../schema-validator.ts'
import { inlined } from './inlined.ts'
import { judgementOf } from './judgement.ts'
import { compareSchemas, type SchemaChange } from './schema-diff.ts'

/** Those who still write the older version, and those who still read it. */
export type Party = 'writers' | 'readers'

export interface VersionChange {
  /** Of a field: `lines[].quantity`; '' for the model itself. */
  readonly path: string
  readonly kind: SchemaChange['kind'] | 'key-changed'
  /** What was, and what is. */
  readonly text: string
  /** For whom the change breaks something: for both, one, or nobody. */
  readonly breaking: readonly Party[]
  readonly why: string
}

export interface Comparison {
  readonly verdict: 'same' | 'compatible' | 'breaking'
  /** What breaks comes first. */
  readonly changes: readonly VersionChange[]
}

type Version = Pick<Model, 'jsonSchema' | 'key'> | JsonSchema

/**
 * What is different in the newer of two versions. Breaking for `writers`: what is written by the older one may not fit the
 * newer. Breaking for `readers`: what fits the newer may not be what the older one knows.
 */
export function compare(older: Version, newer: Version): Comparison {
  const [old, now] = [schemaOf(older), schemaOf(newer)]
  const changes = compareSchemas(inlined(old.schema), inlined(now.schema)).map(versionChange)
  const key: VersionChange[] = old.key === now.key ? [] : [keyChange(old.key, now.key)]
  const all = [...key, ...changes]
  const sorted = [2, 1, 0].flatMap(count => all.filter(({ breaking }) => breaking.length === count))
  const breaks = all.some(({ breaking }) => breaking.length > 0)
  return { verdict: breaks ? 'breaking' : all.length > 0 ? 'compatible' : 'same', changes: sorted }
}

function schemaOf(version: Version): { schema: JsonSchema; key: string | undefined } {
  if (!('jsonSchema' in version)) return { schema: version, key: undefined }
  return { schema: version.jsonSchema as JsonSchema, key: version.key as string | undefined }
}

const unknownField = { breaks: true, why: 'those that read refuse a field that they do not know' }

function versionChange(change: SchemaChange): VersionChange {
  const { path, kind, text } = change
  const judgement = { ...judgementOf(change), ...(change.refused && { readers: unknownField }) }
  const breaking = (['writers', 'readers'] as const).filter(party => judgement[party].breaks)
  const deciding = breaking.length > 0 ? breaking : (['writers', 'readers'] as const)
  const why = [...new Set(deciding.map(party => judgement[party].why))].join('; ')
  return { path, kind, text, breaking, why }
}

function keyChange(was = 'none', is = 'none'): VersionChange {
  return {
    path: '',
    kind: 'key-changed',
    text: `the key was ${was}, is ${is}`,
    breaking: ['writers', 'readers'],
    why: 'records are identified otherwise',
  }
}
