import { callSite } from '../system/call-site.ts'
import { checkName, type System } from '../system/system.ts'
import type { Flow } from './flow.ts'

/** Everything a project exports. */
export interface Landscape {
  /** Part of effect keys: do not rename a landscape that has messages. */
  readonly name: string
  readonly systems: readonly System[]
  readonly flows: readonly Flow[]
  /** `file:line` of the declaration, where it is known: for messages to people. */
  readonly at: string | undefined
}

export function landscape(parts: {
  readonly name?: string
  readonly systems: readonly System[]
  readonly flows: readonly Flow[]
}): Landscape {
  const name = parts.name ?? 'isthmus'
  checkName('landscape', name)
  return Object.freeze({
    name,
    systems: Object.freeze([...parts.systems]),
    flows: Object.freeze([...parts.flows]),
    at: callSite(),
  })
}
