import { IsthmusError } from '../../errors.ts'
import type { SagaFact } from './saga-fact.ts'
import type { SagaState } from './saga-state.ts'

/** What a person does about a saga as a whole: lets it rest between its steps, or says who works on it. */
export interface Attention {
  readonly how: 'pause' | 'continue' | 'take' | 'release'
  readonly by: string
  readonly why: string
}

/** The fact that follows. Throws CONTROL-REFUSED where it makes no sense. */
export function attended(id: string, state: SagaState, { how, by, why }: Attention): SagaFact {
  const { ended, paused, person } = state
  if (ended) throw refused(`Saga ${id} has ended: ${ended}.`)
  if (how === 'take') {
    if (person?.by === by) throw refused(`You have saga ${id} already.`)
    return { type: 'taken', by, why }
  }
  requireHands(id, state, by)
  if (how === 'release') {
    if (!person) throw refused(`Nobody has saga ${id}.`)
    return { type: 'released', by, why }
  }
  if ((how === 'pause') === (paused !== undefined))
    throw refused(paused ? `Saga ${id} is paused already, by ${paused.by}.` : `Saga ${id} is not paused.`)
  return { type: how === 'pause' ? 'paused' : 'continued', by, why }
}

/** While somebody works on a saga nobody else decides about it. Throws CONTROL-REFUSED. */
export function requireHands(id: string, { person }: SagaState, by: string): void {
  if (person && person.by !== by) throw refused(`${person.by} works on saga ${id}: take it over first.`)
}

function refused(text: string): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', text)
}
