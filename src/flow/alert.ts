import { IsthmusError } from '../errors.ts'
import { callSite } from '../system/call-site.ts'
import { parseDuration } from '../system/duration.ts'
import { checkName } from '../system/system.ts'

export type Severity = 'critical' | 'warning' | 'info'

/** What is said in each language. `{value}` and the names of labels in braces are filled in. */
export interface AlertText {
  readonly en: string
  readonly zh: string
}

export interface AlertOptions {
  /** As it is exported: `isthmus_messages_parked`; of a histogram also its `_count` and `_sum`. */
  readonly metric: string
  /** Only samples with these labels; `*` stands for any letters. Default: all, each an alert of its own. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  /** It is wrong while the value is above this. Give either `above` or `below`. */
  readonly above?: number | undefined
  /** It is wrong while the value is below this. */
  readonly below?: number | undefined
  /** Of a counter: its growth in this time, `5m`. Of a histogram: of what happened in it. Needed for both, and only for them. */
  readonly over?: string | undefined
  /** Of a histogram: the value that this share stays below, 0.95. */
  readonly quantile?: number | undefined
  /** How long it must be wrong before anybody is told. Default: `0s`. */
  readonly for?: string | undefined
  /** How long it must be right before it counts as over, so that what comes and goes is one alert. Default: `1m`. */
  readonly keep?: string | undefined
  /** Default: `warning`. */
  readonly severity?: Severity | undefined
  /** One text for both languages, or one for each. */
  readonly text: string | AlertText
}

/** When somebody is to be told of something. Pure data; times are in milliseconds. */
export interface AlertRule {
  readonly name: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly above: number | undefined
  readonly below: number | undefined
  readonly over: number | undefined
  readonly quantile: number | undefined
  readonly for: number
  readonly keep: number
  readonly severity: Severity
  readonly text: AlertText
  /** `file:line` of the declaration, where it is known. */
  readonly at: string | undefined
}

/** A rule that comes with Isthmus and is not wanted here. */
export interface NoAlert {
  readonly name: string
  readonly off: true
  readonly at: string | undefined
}

/** Declares an alert. One with the name of a rule that comes with Isthmus stands in its place. */
export function alert(name: string, options: AlertOptions): AlertRule {
  checkName('alert', name)
  const { metric, labels = {}, above, below, quantile, severity = 'warning', text } = options
  if ((above === undefined) === (below === undefined))
    throw new IsthmusError('FLOW-DEFINITION', `Alert ${name} needs either above or below.`)
  return Object.freeze({
    name,
    metric,
    labels: Object.freeze({ ...labels }),
    above,
    below,
    over: options.over === undefined ? undefined : parseDuration(options.over),
    quantile,
    for: parseDuration(options.for ?? '0s'),
    keep: parseDuration(options.keep ?? '1m'),
    severity,
    text: typeof text === 'string' ? { en: text, zh: text } : text,
    at: callSite(),
  })
}

/** Switches a rule off that comes with Isthmus. */
export function noAlert(name: string): NoAlert {
  return Object.freeze({ name, off: true, at: callSite() })
}
