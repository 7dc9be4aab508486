import type { AnswerOf } from '../../../../src/client/answers.ts'
import type { StateName } from '../../kit/status.tsx'

export type LandscapeState = AnswerOf<'/api/v1/landscape/state'>
export type Island = LandscapeState['islands'][number]
export type Bridge = LandscapeState['bridges'][number]
export type Condition = Island['state']

/** The word that pages have for a condition. */
export function stateOf(condition: Condition): StateName {
  return condition === 'no signal' ? 'silent' : condition
}

const severity: readonly Condition[] = ['down', 'degraded', 'no signal', 'paused', 'ok']

/** What needs somebody first; within it what waits longest. */
export function worstFirst<T extends { readonly state: Condition; readonly oldest?: number | undefined }>(
  items: readonly T[],
): T[] {
  const rank = ({ state }: T) => severity.indexOf(state)
  return items.toSorted((a, b) => rank(a) - rank(b) || (a.oldest ?? Infinity) - (b.oldest ?? Infinity))
}

/** What `sel` of the address says, `bridge:ID` or `island:ID`; without it the worst that is not well. */
export type Selected = { readonly bridge: Bridge } | { readonly island: Island } | undefined

export function selectedOf({ bridges, islands }: LandscapeState, sel: string | undefined): Selected {
  const id = sel?.slice(sel.indexOf(':') + 1)
  if (sel?.startsWith('bridge:')) {
    const bridge = bridges.find(each => each.bridge === id)
    return bridge && { bridge }
  }
  if (sel?.startsWith('island:')) {
    const island = islands.find(each => each.island === id)
    return island && { island }
  }
  const [bridge] = worstFirst(bridges)
  return bridge && bridge.state !== 'ok' ? { bridge } : undefined
}
