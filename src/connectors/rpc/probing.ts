import { IsthmusError, reasonOf } from '../../errors.ts'
import { read } from '../../system/effect.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import { fitting, unlessUntold, unusable } from '../http/around-call.ts'
import type { CallProbe } from './config.ts'
import type { RpcLink } from './link.ts'
import { Procedure, type ProcedureSettings } from './procedure.ts'

/** Asks by another method whether a call has happened. */
export class Probing {
  readonly #channel: string
  readonly #options: ProcedureSettings
  readonly #link: RpcLink
  readonly #probe: CallProbe
  readonly #asking: Procedure

  constructor(channel: string, options: ProcedureSettings, probe: CallProbe, link: RpcLink) {
    const { method, path, params, errors, tags } = probe
    this.#channel = channel
    this.#options = options
    this.#link = link
    this.#probe = probe
    const settings = {
      method,
      path,
      params,
      errors,
      tags,
      effect: read,
      request: options.request,
      bare: true,
    }
    this.#asking = new Procedure(`${channel} (probe)`, settings, link)
  }

  /** Rejects where asking again later may tell; what will never tell is `unknown`, and logged. */
  probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    return unlessUntold(this.#ask(item, signal), this.#channel, text => this.#link.warn(text))
  }

  async #ask(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { done, result = answer => answer } = this.#probe
    const [answer] = await this.#asking.call([item], signal)
    if (!answer?.ok) throw answer?.error ?? new IsthmusError('TARGET-UNANSWERED', 'no answer')
    try {
      if (!done(answer.result, item.data)) return { outcome: 'absent' }
      const { response } = this.#options
      const unfit = (reason: string) => this.#unfit(reason)
      return { outcome: 'done', result: response ? fitting(response, result(answer.result), unfit) : null }
    } catch (error) {
      throw error instanceof IsthmusError ? error : this.#unfit(reasonOf(error))
    }
  }

  #unfit(reason: string): IsthmusError {
    return unusable(`${this.#channel} (probe)`, this.#link.hide(reason), false)
  }
}
