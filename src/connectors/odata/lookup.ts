import { IsthmusError } from '../../errors.ts'
import type { Outgoing } from '../../system/roles.ts'
import { prepared } from '../http/around-call.ts'
import { addressOf, queryOf } from './address.ts'
import { readFitting } from './change.ts'
import type { GetOptions, QueryOptions } from './config.ts'
import { type EdmSet, setOf } from './edm.ts'
import type { EntityFormat } from './entity.ts'
import { filterText } from './filter.ts'
import { pageIn, Reading, singleIn } from './reading.ts'
import type { OdataService } from './service.ts'

/** Reads one record by its key, or the list of those that match. Rejects with IsthmusError. */
export class Lookup {
  readonly #channel: string
  readonly #service: OdataService

  /** `channel` is its name in messages. */
  constructor(channel: string, service: OdataService) {
    this.#channel = channel
    this.#service = service
  }

  async get(item: Outgoing, options: GetOptions, signal: AbortSignal): Promise<unknown> {
    const { format, set, reading } = await this.#prepare(options, signal)
    const path = addressOf(set, item.data, format, this.#channel) + queryOf(reading.query())
    const body = await this.#ask(path, options, signal)
    return readFitting(
      options.response,
      () => reading.fields(reading.whole(singleIn(body))),
      this.#channel,
      false,
    )
  }

  async query(item: Outgoing, options: QueryOptions, signal: AbortSignal): Promise<unknown> {
    const { most = 100, orderby, response } = options
    const { format, set, reading } = await this.#prepare(options, signal)
    const wanted = { $filter: this.#filter(item, options, set, format), $orderby: orderby, $top: most + 1 }
    let path: string | undefined =
      `/${encodeURIComponent(set.name)}${queryOf({ ...reading.query(), ...wanted })}`
    const records: unknown[] = []
    while (path !== undefined && records.length <= most) {
      const page = pageIn(await this.#ask(path, options, signal), this.#channel)
      records.push(...page.items)
      path = page.next && this.#service.pathOf(page.next, this.#channel)
    }
    if (records.length > most) {
      const text = `${this.#channel} finds more than ${most} records. Narrow its filter, or let it have more by "most".`
      throw new IsthmusError('TARGET-CONTRACT', text)
    }
    const read = () => records.map(record => reading.fields(reading.whole(record)))
    return readFitting(response, read, this.#channel, false)
  }

  async #prepare(options: GetOptions | QueryOptions, signal: AbortSignal) {
    const format = await this.#service.format(this.#channel, signal)
    const set = setOf(format.edm, options.set, this.#channel)
    return { format, set, reading: new Reading(set, options.response, options, format, this.#channel) }
  }

  #filter({ data }: Outgoing, options: QueryOptions, set: EdmSet, format: EntityFormat): string {
    return prepared(this.#channel, () => filterText(options.filter(data), set.type, format))
  }

  async #ask(path: string, options: GetOptions | QueryOptions, signal: AbortSignal): Promise<unknown> {
    const request = { method: 'GET', path, headers: {}, channel: this.#channel } as const
    return (await this.#service.sendForJson(request, signal, options.outcomes)).body
  }
}
