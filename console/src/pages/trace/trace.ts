import type { AnswerOf } from '../../../../src/client/answers.ts'

export type Trace = AnswerOf<'/api/v1/trace'>
export type TraceHop = Trace['hops'][number]
export type Hop = AnswerOf<'/api/v1/flows/{flow}/messages/{seq}/hop'>
export type HopStep = Hop['steps'][number]
export type FieldChange = HopStep['changes'][number]
export type Payload = NonNullable<HopStep['before']>

/** The hop that the address names; else the one that stopped, else the last. */
export function selectedHop({ hops, stoppedAt }: Trace, wanted: string | undefined): number {
  const named = hops.findIndex(({ message }) => message === (wanted ?? stoppedAt))
  return named === -1 ? hops.length - 1 : named
}

/** The step that the address names; else where it stopped, else the last that changed something, else the first. */
export function selectedStep(steps: readonly HopStep[], wanted: string | undefined): number {
  const named = steps.findIndex(({ step }) => step === wanted)
  if (named !== -1) return named
  const failed = steps.findIndex(({ error }) => error !== undefined)
  if (failed !== -1) return failed
  return Math.max(
    0,
    steps.findLastIndex(({ changes }) => changes.some(({ kind }) => kind !== 'same')),
  )
}

/** What changed first, then what was not carried on, then what stayed. */
export function worthFirst(changes: readonly FieldChange[]): FieldChange[] {
  const rank = ({ kind }: FieldChange) => ['changed', 'added', 'removed', 'same'].indexOf(kind)
  return changes.toSorted((a, b) => rank(a) - rank(b))
}

/** `+`, `−`, `~` in the gutter: what is said by colour is said by a sign, too. */
export const signs = { added: '+', removed: '−', changed: '~', same: '=' } as const

/** A value on one line, as JSON writes it. */
export function shown(value: unknown, most = 200): string {
  if (value === undefined) return '—'
  const text = typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? '—')
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** `trim`, `decimal({ scale: 2 })`: the name of a cleaner before its options. */
export function cleanerName(name: string): string {
  return name.split('(')[0] ?? name
}

/** The end of a path is what people know. */
export function place({
  file,
  line,
}: {
  readonly file?: string
  readonly line?: number
}): string | undefined {
  if (file === undefined) return undefined
  const name = file.split(/[\\/]/).slice(-2).join('/')
  return line === undefined ? name : `${name}:${line}`
}
