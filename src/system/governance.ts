import { IsthmusError } from '../errors.ts'
import type { OptionNames } from '../message/option-names.ts'
import { parseDuration } from './duration.ts'

/** How the calls of one system are governed, for all flows and sources together. */
export interface Governance {
  /**
   * Most messages sent and requests of sources, such as `20/s`, `600/m` or `5000/h`; flows take turns. Default: as many
   * as come, and fewer for a while after the system has answered that it was too much (HTTP 429).
   */
  readonly quota?: string | undefined
  /** Most calls at a time. Default: what the channels allow, each for itself. */
  readonly concurrency?: number | undefined
  /** Longest time of one call, whatever its connector allows. Default `60s`. */
  readonly timeout?: string | undefined
  readonly breaker?: Breaker | undefined
}

/**
 * The circuit breaker: after so many calls in a row that did not reach the system or were not answered, nothing is
 * called for a pause; then one call tries. Messages wait meanwhile, and their attempts are not counted.
 */
export interface Breaker {
  /** Default 5. */
  readonly failures?: number | undefined
  /** First pause; it doubles up to `longest`. Default `1s`. */
  readonly first?: string | undefined
  /** Default `30s`. */
  readonly longest?: string | undefined
}

const breakerNames: OptionNames<Breaker> = { failures: true, first: true, longest: true }

export const governanceNames: OptionNames<Governance> = {
  quota: true,
  concurrency: true,
  timeout: true,
  breaker: breakerNames,
}

/** A quota as events per second, with the number that may come at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Throws FLOW-DEFINITION. What a second brings may come at once, and one always may. */
export function parseRate(text: string): Rate {
  const [, count = '', unit = ''] = /^(\d{1,9})\/([smhd])$/.exec(text) ?? []
  const perSecond = Number(count) / (seconds[unit] ?? Number.NaN)
  if (count !== '' && perSecond > 0) return { perSecond, burst: Math.max(1, Math.floor(perSecond)) }
  throw new IsthmusError(
    'FLOW-DEFINITION',
    `"${text}" is not a quota. Write a number, a slash and s, m, h or d, for example "20/s" or "600/m".`,
  )
}

/** Throws FLOW-DEFINITION for what does not make sense. */
export function checkGovernance(system: string, governance: Governance): void {
  const { quota, concurrency, timeout, breaker = {} } = governance
  if (quota !== undefined) parseRate(quota)
  for (const time of [timeout, breaker.first, breaker.longest]) if (time !== undefined) parseDuration(time)
  for (const [name, count] of Object.entries({ concurrency, failures: breaker.failures }))
    if (count !== undefined && !(Number.isInteger(count) && count > 0))
      throw new IsthmusError(
        'FLOW-DEFINITION',
        `System ${system}: "${name}" is a whole number from 1 on, not ${count}.`,
      )
}
