import type { AlertRule, Severity } from '../../flow/alert.ts'
import type { AlertState } from './alert-state.ts'
import type { Notice } from './notices.ts'

export type Language = 'en' | 'zh'

/** What is sent to a channel at once: one or several notices in one language. */
export interface AlertMessage {
  readonly title: string
  readonly items: readonly AlertItem[]
}

export interface AlertItem {
  readonly what: Notice['what']
  readonly state: AlertState
  /** `Critical`, `Over`: what stands before the text. */
  readonly word: string
  readonly text: string
  /** Since when, and who has it, if anybody. */
  readonly detail: string
  /** Into the console, where its address is known. */
  readonly link: string | undefined
}

const words = {
  en: {
    severity: { critical: 'Critical', warning: 'Warning', info: 'Note' },
    resolved: 'Over',
    still: 'still',
    since: (time: string) => `since ${time}`,
    until: (from: string, to: string) => `from ${from} to ${to}`,
    title: (landscape: string, count: number, first: string) =>
      count === 1 ? `[${landscape}] ${first}` : `[${landscape}] ${first}, and ${count - 1} more`,
    more: (count: number) => `... and ${count} more`,
    open: 'Open',
    test: (landscape: string, channel: string) => `${landscape}: a test of the channel ${channel}`,
    testDetail: 'Alerts come here. Nothing is to be done.',
  },
  zh: {
    severity: { critical: '严重', warning: '警告', info: '提示' },
    resolved: '已恢复',
    still: '仍未恢复',
    since: (time: string) => `开始时间 ${time}`,
    until: (from: string, to: string) => `${from} 至 ${to}`,
    title: (landscape: string, count: number, first: string) =>
      count === 1 ? `[${landscape}] ${first}` : `[${landscape}] ${first} 等 ${count} 条告警`,
    more: (count: number) => `…… 另有 ${count} 条`,
    open: '打开',
    test: (landscape: string, channel: string) => `${landscape}:告警渠道 ${channel} 测试`,
    testDetail: '告警将发送到这里,无需处理。',
  },
} as const

export type AlertWords = (typeof words)[Language]

export function wordsOf(language: Language): AlertWords {
  return words[language]
}

export interface MessageGround {
  readonly landscape: string
  /** With the environment, without a slash at its end. */
  readonly consoleUrl: string | undefined
  readonly rules: ReadonlyMap<string, AlertRule>
}

export function composed(
  notices: readonly Notice[],
  language: Language,
  ground: MessageGround,
): AlertMessage {
  const items = notices.map(notice => itemOf(notice, language, ground))
  const [first] = items
  const lead = first ? `${first.word}: ${first.text}` : ''
  return { title: words[language].title(ground.landscape, items.length, lead), items }
}

/** For somebody who wants to see whether a channel works. */
export function testMessage(
  channel: string,
  language: Language,
  ground: MessageGround,
  now: number,
): AlertMessage {
  const { test, testDetail, severity } = words[language]
  const text = test(ground.landscape, channel)
  const state: AlertState = {
    ...{ id: 'test', rule: 'test', severity: 'info', labels: { channel }, status: 'firing' },
    ...{ value: 0, since: now, firedAt: now, told: {} },
  }
  const item = {
    what: 'firing',
    state,
    word: severity.info,
    text,
    detail: testDetail,
    link: undefined,
  } as const
  return { title: text, items: [item] }
}

function itemOf(
  { what, state }: Notice,
  language: Language,
  { consoleUrl, rules }: MessageGround,
): AlertItem {
  const say = words[language]
  const { id, severity, firedAt = state.since, resolvedAt } = state
  const level: Record<Severity, string> = say.severity
  const word =
    what === 'resolved'
      ? say.resolved
      : what === 'still'
        ? `${level[severity]}, ${say.still}`
        : level[severity]
  const detail =
    resolvedAt === undefined ? say.since(timeOf(state.since)) : say.until(timeOf(firedAt), timeOf(resolvedAt))
  const link = consoleUrl === undefined ? undefined : `${consoleUrl}/alerts/${encodeURIComponent(id)}`
  return { what, state, word, text: alertText(rules.get(state.rule), state, language), detail, link }
}

/** What a rule says of a state; the rule's name where there is none any more. */
export function alertText(
  rule: AlertRule | undefined,
  { rule: name, labels, value }: Pick<AlertState, 'rule' | 'labels' | 'value'>,
  language: Language,
): string {
  const known: Readonly<Record<string, string>> = { ...labels, value: numberOf(value) }
  return (rule?.text[language] ?? name).replace(/\{(\w+)\}/g, (whole, label) => known[label] ?? whole)
}

function numberOf(value: number): string {
  return String(
    Number.isInteger(value) || Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)),
  )
}

/** With its zone: who reads it may be in another one. */
function timeOf(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
