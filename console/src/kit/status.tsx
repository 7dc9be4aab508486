import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Icon, type IconName } from './icon.tsx'

export type StateName = keyof typeof common.en.states

type Look = readonly [tone: 'ok' | 'running' | 'waiting' | 'warn' | 'failed' | 'compensated', icon: IconName]

/** Colour and shape of each state: what needs nobody is quiet. */
const looks: Readonly<Record<StateName, Look>> = {
  ok: ['ok', 'ok'],
  delivered: ['ok', 'ok'],
  completed: ['ok', 'ok'],
  filtered: ['waiting', 'filter'],
  discarded: ['waiting', 'close'],
  parked: ['failed', 'failed'],
  doubt: ['failed', 'doubt'],
  down: ['failed', 'failed'],
  'needs person': ['failed', 'failed'],
  retrying: ['warn', 'replay'],
  slow: ['warn', 'warn'],
  degraded: ['warn', 'warn'],
  silent: ['warn', 'silent'],
  held: ['waiting', 'waiting'],
  waiting: ['waiting', 'waiting'],
  paused: ['waiting', 'paused'],
  running: ['running', 'running'],
  compensating: ['compensated', 'compensated'],
  compensated: ['compensated', 'compensated'],
}

/** Colour, shape and word of a state; another word where the page has a better one. */
export function Status({ state, children }: { readonly state: StateName; readonly children?: string }) {
  const t = useText(common)
  const [tone, icon] = looks[state]
  return (
    <span className={`status ${tone}`}>
      <Icon name={icon} />
      {children ?? t.states[state]}
    </span>
  )
}

export function toneOf(state: StateName): Look[0] {
  return looks[state][0]
}
