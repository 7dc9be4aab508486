/** Why the ERP does not do something, in the words of a planner. Nothing has changed. */
export class Refusal extends Error {
  readonly code: string

  constructor(code: string, reason: string) {
    super(reason)
    this.code = code
  }
}
