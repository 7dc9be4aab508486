import type { AlertRule } from '../../flow/alert.ts'
import type { Landscape } from '../../flow/landscape.ts'
import type { LandscapeProblem } from '../../flow/problem.ts'
import { metricInfo } from '../metric-catalogue.ts'
import { defaultRules } from './default-rules.ts'

/** What is wrong with the alerts of a landscape, as far as it shows without running it. */
export function checkAlerts({ alerts, alertChannels, at }: Landscape): LandscapeProblem[] {
  const known = new Set(defaultRules.map(({ name }) => name))
  const unknown = alerts
    .filter(each => 'off' in each && !known.has(each.name))
    .map(each =>
      problem(each, 'no rule of this name comes with Isthmus', `There are ${[...known].join(', ')}.`),
    )
  const rules = alerts.filter((each): each is AlertRule => !('off' in each))
  return [
    ...unknown,
    ...doubled('alert', alerts),
    ...doubled('alert channel', alertChannels),
    ...rules.flatMap(flaws),
  ].map(each => ({ ...each, at: each.at ?? at }))
}

function doubled(
  what: string,
  things: readonly { readonly name: string; readonly at: string | undefined }[],
): LandscapeProblem[] {
  const names = things.map(({ name }) => name)
  return things
    .filter(({ name }, n) => names.indexOf(name) !== n)
    .map(({ name, at }) => ({
      at,
      where: `${what} ${name}`,
      reason: `two ${what}s have this name`,
      remedy: 'Rename one of them.',
      level: 'error',
    }))
}

function flaws(rule: AlertRule): LandscapeProblem[] {
  const { metric, labels, over, quantile, text } = rule
  const info = metricInfo(metric)
  if (!info)
    return [problem(rule, `there is no metric ${metric}`, 'docs/metrics.md names all that there are.')]
  const found: LandscapeProblem[] = []
  const report = (reason: string, remedy: string) => found.push(problem(rule, reason, remedy))
  const names = info.labels.join(', ') || 'none'
  for (const label of Object.keys(labels))
    if (!info.labels.includes(label)) report(`${metric} has no label ${label}`, `It has ${names}.`)
  for (const language of Object.values(text))
    for (const [, name = ''] of language.matchAll(/\{(\w+)\}/g))
      if (name !== 'value' && !info.labels.includes(name))
        report(`its text names {${name}}, which ${metric} does not have`, `There are value, ${names}.`)
  if (info.kind === 'gauge' && over !== undefined) report(`${metric} is a gauge`, 'Leave `over` out.')
  if (info.kind !== 'gauge' && over === undefined)
    report(`${metric} only grows`, 'Say `over` which time it must not grow so much.')
  if (over !== undefined && (over < 1000 || over > 86_400_000))
    report('`over` is a time from a second to a day', 'Choose another one.')
  if ((info.kind === 'histogram') !== (quantile !== undefined))
    report('a quantile is said for a histogram, and for nothing else', 'Say it there, for example 0.95.')
  if (quantile !== undefined && !(quantile > 0 && quantile < 1))
    report('a quantile is between 0 and 1', 'Write 0.95 for 95 of 100.')
  return found
}

function problem(
  { name, at }: { readonly name: string; readonly at: string | undefined },
  reason: string,
  remedy: string,
): LandscapeProblem {
  return { at, where: `alert ${name}`, reason, remedy, level: 'error' }
}
