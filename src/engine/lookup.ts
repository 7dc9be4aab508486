import { IsthmusError } from '../errors.ts'
import type { LookupRule } from '../flow/steps/enrich.ts'
import type { Answer, Outgoing } from '../system/roles.ts'
import type { EffectChannel } from './effects.ts'
import type { Host } from './host.ts'
import { isNothing, nothingFound } from './nothing-found.ts'

interface Kept {
  /** Null: there is nothing. */
  readonly result: unknown
  /** Monotonic milliseconds. */
  readonly until: number
}

/**
 * A channel by which steps look things up: those that ask the same at once share one call, and its answer is kept for a
 * while. A call that fails is not kept. A message that is tried again asks anew where nothing was found, so that what a
 * person has added meanwhile is seen.
 */
export function lookupChannel(
  id: string,
  channel: EffectChannel,
  rule: LookupRule,
  host: Host,
): EffectChannel {
  const answers = new Map<string, Kept>()
  const underWay = new Map<string, Promise<Answer<unknown>>>()
  const ask = async (key: string, item: Outgoing, when: 'soon' | 'later'): Promise<Answer<unknown>> => {
    try {
      await channel.admit(item.attempt > 1)
    } catch (error) {
      return { ok: false, error }
    }
    const answer = foundIn(await channel.call(item, when))
    if (answer.ok && rule.cache > 0)
      keep(answers, rule, key, { result: answer.result, until: host.monotonic() + rule.cache })
    return answer
  }
  const shared = (key: string, item: Outgoing, when: 'soon' | 'later') => {
    const asked = underWay.get(key) ?? ask(key, item, when).finally(() => underWay.delete(key))
    underWay.set(key, asked)
    return asked
  }
  return {
    // A kept answer needs no leave of the system.
    admit: () => undefined,
    async call(item, when) {
      const key = JSON.stringify(item.data) ?? ''
      const kept = usable(answers, key, item, host)
      const answer = kept ? { ok: true as const, result: kept.result } : await shared(key, item, when)
      const parks = answer.ok && rule.parks && isNothing(answer.result)
      return parks ? { ok: false, error: nothingFound(id) } : answer
    },
    probe: item => channel.probe(item),
  }
}

/** A system that says that there is no such thing has answered. */
function foundIn(answer: Answer<unknown>): Answer<unknown> {
  if (answer.ok) return isNothing(answer.result) ? { ok: true, result: null } : answer
  const { error } = answer
  if (!(error instanceof IsthmusError) || error.code !== 'TARGET-REFUSED') return answer
  const { absent, status } = error.detail
  return absent === true || status === 404 ? { ok: true, result: null } : answer
}

function usable(answers: Map<string, Kept>, key: string, item: Outgoing, host: Host): Kept | undefined {
  const kept = answers.get(key)
  if (!kept) return undefined
  answers.delete(key)
  if (kept.until <= host.monotonic() || (item.attempt > 1 && kept.result === null)) return undefined
  answers.set(key, kept)
  return kept
}

/** In the order of their last use. */
function keep(answers: Map<string, Kept>, { entries }: LookupRule, key: string, kept: Kept): void {
  answers.delete(key)
  answers.set(key, kept)
  for (const oldest of answers.keys()) {
    if (answers.size <= entries) return
    answers.delete(oldest)
  }
}
