import type { Severity } from '../../flow/alert.ts'
import type { AlertChannel } from '../../flow/alert-channel.ts'
import type { AlertState } from './alert-state.ts'
import { type Silence, silenceOf } from './silence.ts'

/** What a channel is to be told; `still` reminds of what nobody has taken on. */
export interface Notice {
  readonly what: 'firing' | 'still' | 'resolved'
  readonly state: AlertState
}

/** After so long, in milliseconds, an alert that nobody has acknowledged is told again. */
export const reminder = 4 * 3_600_000

const ranks: Readonly<Record<Severity, number>> = { info: 0, warning: 1, critical: 2 }

/**
 * What a channel is to be told now and was not yet: of what fires, is no consequence of something else and not silenced;
 * and that it is over, if the channel was told that it fires.
 */
export function noticesFor(
  { name, options }: AlertChannel,
  known: {
    /** Those that are over too, as long as not every channel knows. */
    readonly states: Iterable<AlertState>
    readonly causes: ReadonlyMap<string, string>
    readonly silences: Iterable<Silence>
  },
  now: number,
): Notice[] {
  const silences = [...known.silences]
  const notices: Notice[] = []
  for (const state of known.states) {
    const told = state.told[name]
    if (state.status === 'resolved') {
      if (told?.what === 'firing') notices.push({ what: 'resolved', state })
      continue
    }
    if (state.status !== 'firing' || ranks[state.severity] < ranks[options.atLeast ?? 'info']) continue
    // A channel is not told over itself that it does not work.
    if (state.rule === 'alert-channel-down' && state.labels.channel === name) continue
    if (known.causes.has(state.id) || silenceOf(state, silences, now)) continue
    if (!told) notices.push({ what: 'firing', state })
    else if (!state.acknowledged && now - told.at >= reminder) notices.push({ what: 'still', state })
  }
  return notices.sort((a, b) => ranks[b.state.severity] - ranks[a.state.severity])
}
