import { IsthmusError, reasonOf } from '../../errors.ts'
import { type FieldLineage, probeLineage } from '../lineage.ts'

/** Whether a row that breaks a rule is set aside, or goes on and is counted. */
export type RuleSeverity = 'park' | 'warn'

/** Something that must hold of every row. */
export interface Rule<T> {
  readonly name: string
  readonly severity: RuleSeverity
  /** Why a row that breaks it is wrong, in words for the person who mends it. */
  readonly reason: string
  readonly holds: (row: T) => boolean
}

/** A rule with the name by which it is counted. `holds` is pure, and looks at one row. Default severity: `park`. */
export function rule<T>(
  name: string,
  options: { readonly severity?: RuleSeverity; readonly reason: string },
  holds: (row: T) => boolean,
): Rule<T> {
  const { severity = 'park', reason } = options
  if (name.trim() === '' || reason.trim() === '')
    throw new IsthmusError('FLOW-DEFINITION', 'A rule needs a name and a reason.')
  if (severity !== 'park' && severity !== 'warn')
    throw new IsthmusError('FLOW-DEFINITION', `Rule ${name}: its severity is 'park' or 'warn'.`)
  return Object.freeze({ name, severity, reason, holds })
}

/** Which fields a rule reads, found by running it on samples of the data. */
export function fieldsOfRule(
  rule: Rule<never>,
  from: { readonly jsonSchema: Readonly<Record<string, unknown>> },
): FieldLineage {
  return probeLineage([['rule', rule.holds]], from.jsonSchema).rule as FieldLineage
}

/** The rules that a row breaks, in order. Throws STEP-FAILED where a rule fails itself. */
export function brokenRules<T>(rules: readonly Rule<T>[], row: T): readonly Rule<T>[] {
  let broken: Rule<T>[] | undefined
  for (const each of rules)
    if (!holdsFor(each, row)) {
      broken ??= []
      broken.push(each)
    }
  return broken ?? none
}

const none: readonly Rule<unknown>[] = Object.freeze([])

function holdsFor<T>(rule: Rule<T>, row: T): boolean {
  try {
    return rule.holds(row)
  } catch (cause) {
    throw new IsthmusError('STEP-FAILED', `Rule ${rule.name} failed itself: ${reasonOf(cause)}`, { cause })
  }
}

/** Throws RULE-BROKEN if the row breaks one of the rules, with the names and reasons of all that it breaks. */
export function refuseBroken<T>(rules: readonly Rule<T>[], row: T): void {
  const broken = brokenRules(rules, row)
  if (broken.length === 0) return
  const reasons = broken.map(({ name, reason }) => `${name}: ${reason}`)
  throw new IsthmusError('RULE-BROKEN', reasons.join('; '), {
    detail: { rules: broken.map(({ name }) => name) },
  })
}
