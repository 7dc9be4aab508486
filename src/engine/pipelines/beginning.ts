import type { Period, Trigger } from './run-fact.ts'

/** Who asks for something, and why. */
export interface Person {
  readonly by: string
  readonly why: string
}

/** What begins a run. */
export interface Beginning {
  readonly period: Period
  readonly trigger: Trigger
  /** Reads everything, whatever was read before. */
  readonly everything?: true | undefined
  readonly order?: string | undefined
  readonly repair?: { readonly table: string; readonly run: string } | undefined
  readonly person?: Person | undefined
}
