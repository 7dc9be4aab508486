import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { type AnyChannel, channelId } from '../../system/channel.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import type { Play } from './channels.ts'
import type { Pool } from './pool.ts'

/** A message with which alone the program ended so often is set aside. */
const mostDeaths = 3
/** So many messages are remembered of batches that the program did not survive. */
const mostSuspects = 10_000

/** What sinks and requesters do alike: messages go to the program in batches, and are answered one by one. */
export class Calls {
  readonly #channel: string
  readonly #play: Play
  readonly #pool: Pool
  /** Effect keys of messages with which the program ended, and how often it did with them alone. */
  readonly #suspects = new Map<string, number>()

  constructor(channel: AnyChannel, play: Play, pool: Pool) {
    this.#channel = channelId(channel)
    this.#play = { operation: channel.name, ...play }
    this.#pool = pool
  }

  /** Does not reject. What the program has not survived before is sent alone, so that it harms no other. */
  async call(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    const answers = new Map<Outgoing, Answer<unknown>>()
    const together = items.filter(({ effectKey }) => !this.#suspects.has(effectKey))
    const alone = items.filter(({ effectKey }) => this.#suspects.has(effectKey)).map(item => [item])
    for (const batch of together.length > 0 ? [together, ...alone] : alone) {
      const answered = await this.#batch(batch, signal)
      for (const [n, item] of batch.entries()) answers.set(item, answered[n] as Answer<unknown>)
    }
    return items.map(item => answers.get(item) as Answer<unknown>)
  }

  async #batch(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    try {
      const { operation } = this.#play
      const sent = items.map(({ data, key, effectKey }) => ({ key, effectKey, data }))
      const answered = await this.#pool.lend(async worker => {
        const found = await worker.ask({ operation, items: sent }, signal)
        const answers = answersIn(found, items.length)
        if (!answers) worker.kill('its answer is not {"answers": [...]}, one for each item')
        return answers
      })
      for (const { effectKey } of items) this.#suspects.delete(effectKey)
      return items.map((_, n) => this.#answer(answered?.[n]))
    } catch (error) {
      const died = error instanceof IsthmusError && error.code === 'TARGET-UNANSWERED' && !signal.aborted
      return items.map(item => ({
        ok: false,
        error: died ? this.#suspect(item, items.length, error) : error,
      }))
    }
  }

  #suspect({ effectKey }: Outgoing, together: number, error: IsthmusError): IsthmusError {
    const deaths = (this.#suspects.get(effectKey) ?? 0) + (together === 1 ? 1 : 0)
    this.#suspects.set(effectKey, deaths)
    const [oldest] = this.#suspects.keys()
    if (this.#suspects.size > mostSuspects && oldest !== undefined) this.#suspects.delete(oldest)
    const isTooLong = together === 1 && error.detail.tooLong === true
    if (deaths < mostDeaths && !isTooLong) return error
    this.#suspects.delete(effectKey)
    if (isTooLong) return new IsthmusError('TARGET-CONTRACT', `${this.#channel}: ${error.message}`)
    const text = `${this.#channel}: the program ended ${deaths} times with this message alone. ${error.message}`
    return new IsthmusError('TARGET-REFUSED', text, { cause: error })
  }

  #answer(answer: ProgramAnswer | undefined): Answer<unknown> {
    if (answer === undefined) return this.#failed('TARGET-CONTRACT', 'it did not answer as agreed')
    if ('error' in answer) {
      const code = answer.again === true ? 'TARGET-UNAVAILABLE' : 'TARGET-REFUSED'
      return this.#failed(code, String(answer.error).slice(0, 1000))
    }
    const { response } = this.#play
    if (!response) return { ok: true }
    const fit = response.validate(answer.result)
    if (fit.ok) return { ok: true, result: fit.data }
    const problems = fit.problems.slice(0, 10).map(({ path, problem }) => `${path || 'it'} ${problem}`)
    return this.#failed('TARGET-CONTRACT', `not a ${response.name}: ${problems.join('; ')}`)
  }

  #failed(code: 'TARGET-CONTRACT' | 'TARGET-REFUSED' | 'TARGET-UNAVAILABLE', reason: string): Answer<never> {
    return { ok: false, error: new IsthmusError(code, `${this.#channel}: ${reason}`) }
  }
}

/** What the program says of one item. */
type ProgramAnswer = { readonly result?: Json } | { readonly error: unknown; readonly again?: unknown }

function answersIn(found: unknown, count: number): readonly ProgramAnswer[] | undefined {
  const { answers } = (typeof found === 'object' && found !== null ? found : {}) as { answers?: unknown }
  if (!Array.isArray(answers) || answers.length !== count) return undefined
  return answers.every(each => typeof each === 'object' && each !== null) ? answers : undefined
}
