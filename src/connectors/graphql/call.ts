import { IsthmusError } from '../../errors.ts'
import { propertyOf, type Shape } from '../../message/codec/xml-shape.ts'
import type { Model } from '../../model/model.ts'
import type { Outgoing, Probed } from '../../system/roles.ts'
import { fitting, prepared, unlessUntold } from '../http/around-call.ts'
import { errorIn, textOf, valueAt, withTexts } from './answer.ts'
import type { Probe, RequestOptions, Variables } from './config.ts'
import type { Operation } from './document.ts'
import type { Asked, GraphqlLink } from './link.ts'
import { declaredOutcome, defaultGraphqlErrors, failureOf, outcomeOfData } from './outcome.ts'

/** What a sink or requester channel says about being called. */
export interface CallSettings extends RequestOptions {
  readonly kind: 'query' | 'mutation'
  readonly probe?: Probe | undefined
}

/** What sinks and requesters do alike for one message. Rejects with IsthmusError. */
export class Call {
  readonly #channel: string
  readonly #settings: CallSettings
  readonly #link: GraphqlLink
  readonly #operation: Operation
  readonly #probing: Operation | undefined
  readonly #shape: Shape | undefined

  /** Throws FLOW-DEFINITION where a document cannot be used. `channel` is its name in messages. */
  constructor(channel: string, settings: CallSettings, link: GraphqlLink) {
    const { document, kind, at, failures, userErrors, probe, response } = settings
    this.#channel = channel
    this.#settings = settings
    this.#link = link
    this.#operation = link.read(document as CallDocument, kind, channel)
    this.#probing = probe && link.read(probe.document, 'query', `${channel} (probe)`)
    this.#shape = response && propertyOf(response.jsonSchema).shape
    const typename = at === undefined ? '__typename' : `${at}.__typename`
    const needed = [at, userErrors, typeof failures === 'object' ? typename : undefined]
    for (const path of needed) if (path !== undefined) checkSelected(this.#operation, path, channel)
    if (probe?.at !== undefined && this.#probing) checkSelected(this.#probing, probe.at, `${channel} (probe)`)
  }

  get canProbe(): boolean {
    return this.#probing !== undefined
  }

  /** What stands at `at`; null where the channel has no model for it. */
  async call(item: Outgoing, signal: AbortSignal): Promise<unknown> {
    const { variables, effect, errors, at, response } = this.#settings
    const asked: Asked = {
      operation: this.#operation,
      variables: prepared(this.#channel, () =>
        variables ? variables(item.data, { effectKey: item.effectKey }) : (item.data as Variables),
      ),
      errors,
      channel: this.#channel,
      key: effect.kind === 'idempotent' ? item.effectKey : undefined,
      trace: item.trace,
    }
    const data = await this.#link.ask(asked, signal)
    this.#judge(asked, data)
    return response ? this.#fitting(response, valueAt(data, at)) : null
  }

  /** Rejects where asking again later may tell; what will never tell is `unknown`, and logged. */
  async probe(item: Outgoing, signal: AbortSignal): Promise<Probed<unknown>> {
    const { probe } = this.#settings
    if (!probe || !this.#probing) return { outcome: 'unknown' }
    return unlessUntold(this.#probe(probe, this.#probing, item, signal), this.#channel, text =>
      this.#link.warn(text),
    )
  }

  async #probe(
    probe: Probe,
    operation: Operation,
    item: Outgoing,
    signal: AbortSignal,
  ): Promise<Probed<unknown>> {
    const { errors, response } = this.#settings
    const variables = prepared(this.#channel, () => probe.variables(item))
    const asked: Asked = { operation, variables, errors, channel: `${this.#channel} (probe)` }
    const answer = valueAt(await this.#link.ask(asked, signal), probe.at)
    if (!this.#link.judged(asked, () => probe.done(answer))) return { outcome: 'absent' }
    const { result = (found: unknown) => found } = probe
    if (!response) return { outcome: 'done', result: null }
    return {
      outcome: 'done',
      result: this.#fitting(
        response,
        this.#link.judged(asked, () => result(answer)),
      ),
    }
  }

  /** Throws for failures that come as data. */
  #judge(asked: Asked, data: unknown): void {
    const { at, failures, userErrors, errors } = this.#settings
    const how = { channel: this.#channel, hide: (text: string) => this.#link.hide(text) }
    const listed = userErrors === undefined ? undefined : valueAt(data, userErrors)
    for (const error of Array.isArray(listed) ? listed.map(errorIn) : []) {
      const declared = this.#link.judged(asked, () =>
        declaredOutcome(error, [errors, this.#link.options.errors]),
      )
      const known = Object.hasOwn(defaultGraphqlErrors, error.code)
        ? defaultGraphqlErrors[error.code]
        : undefined
      const outcome = declared ?? known ?? 'refused'
      if (outcome !== 'ok') throw failureOf(outcome, [textOf(error)], how)
    }
    const answer = valueAt(data, at)
    const outcome = failures && this.#link.judged(asked, () => outcomeOfData(answer, failures))
    if (outcome === undefined || outcome === 'ok') return
    const { __typename: name, message } = (answer ?? {}) as { __typename?: unknown; message?: unknown }
    const said = [name, message].filter(part => typeof part === 'string')
    throw failureOf(outcome, [said.join(': ') || 'its data say that it failed'], how)
  }

  #fitting(model: Model<unknown>, answer: unknown): unknown {
    return fitting(model, withTexts(answer, this.#shape), reason =>
      this.#link.unfit(this.#channel, this.#operation, reason),
    )
  }
}

type CallDocument = Probe['document']

/** Throws FLOW-DEFINITION unless the document selects what the channel looks at. */
export function checkSelected(operation: Operation, path: string, channel: string): void {
  if (operation.selects(path)) return
  throw new IsthmusError('FLOW-DEFINITION', `The document of ${channel} does not select "${path}".`)
}
