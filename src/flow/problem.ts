/** Something in a landscape that must not run, or that its author should know of, and what to do about it. */
export interface LandscapeProblem {
  /** `file:line`, where it is known. */
  readonly at: string | undefined
  readonly where: string
  readonly reason: string
  readonly remedy: string
  /** A warning does not keep a landscape from running. */
  readonly level: 'error' | 'warning'
}
