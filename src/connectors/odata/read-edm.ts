import type { Edm } from './edm.ts'
import { type Edmx, parseEdmx } from './edmx.ts'
import { enumsOf, operationsOf, setsOf, typesOf } from './edmx-parts.ts'

/** Reads the `$metadata` of a service. Throws MSG-DECODE for what is none. */
export function readEdm(body: Uint8Array): Edm {
  return edmOf(parseEdmx([body]))
}

export function edmOf(edmx: Edmx): Edm {
  return {
    version: edmx.version,
    types: typesOf(edmx),
    enums: enumsOf(edmx),
    sets: setsOf(edmx),
    operations: operationsOf(edmx),
  }
}
