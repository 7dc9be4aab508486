import { allStages } from '../../../flow/saga/stage.ts'
import type { SagaLog } from './saga-records.ts'

/** While a saga is paused only what was under way ends; while somebody works on it nobody else decides. */
export function wrongAttention({ log, definition }: SagaLog): string[] {
  const kinds = new Map([...allStages(definition.stages)].map(({ id, kind }) => [id, kind]))
  const wrong: string[] = []
  let isPaused = false
  let person: string | undefined
  /** Steps of which an end was recorded since the pause: another one would be of a call that began in it. */
  const ended = new Set<string>()
  for (const { fact } of log) {
    switch (fact.type) {
      case 'paused':
      case 'continued':
        isPaused = fact.type === 'paused'
        ended.clear()
        break
      case 'taken':
        person = fact.by
        break
      case 'released':
        person = undefined
        break
      case 'ended':
        if (isPaused) wrong.push('it ended while it was paused')
        break
      case 'waiting':
      case 'elapsed':
        // A child that is begun, and an event that is looked for, are under way as a call is.
        if (isPaused && !['child', 'wait'].includes(kinds.get(fact.stage) ?? ''))
          wrong.push(`${fact.stage} went on while it was paused: ${fact.type}`)
        break
      case 'done':
      case 'setback':
      case 'failed': {
        const id = `${fact.stage} ${'doing' in fact ? fact.doing : 'do'}`
        if (isPaused && ended.has(id)) wrong.push(`${id} was begun while it was paused`)
        ended.add(id)
      }
    }
    const isDecision = fact.type === 'decided' || fact.type === 'resumed' || fact.type === 'turned'
    if (isDecision && fact.by !== undefined && person !== undefined && fact.by !== person)
      wrong.push(`${fact.by} decided about it while ${person} had it`)
  }
  return wrong
}
