import type { Known } from './watching.ts'
import { letterOf } from './words.ts'

export const tints = 8

/** A member by its letter: the same in the drawing, in the table and in what changed. */
export function Letter({ of }: { readonly of: Known | undefined }) {
  if (!of) return null
  return (
    <span className={`letter tint-${of.n % tints}`} title={of.name} translate="no">
      {letterOf(of.n)}
    </span>
  )
}
