import type { Landscape } from '../../../flow/landscape.ts'
import { masked } from '../../../observe/personal-data.ts'
import type { FindQuery, Found, FoundMessage, StoreReader } from '../../../store/store.ts'
import { refused } from '../deciding.ts'
import { FlowFacts, outcomeOf, outcomeOfAll, type Stood, standsOf, systemsOnWay } from './keys-view.ts'
import type { SearchAnswer, SearchQuery } from './schemas.ts'

/** What who asks may see: flows, and personal keys unmasked. */
export interface Seeing {
  sees(object: { readonly flow: string }): boolean
  readonly personal: boolean
}

const keysAtMost = 200
/** Messages of a page of keys at most: of more the oldest are left out. */
const messagesAtMost = 2000
/** What the store holds changes slowly compared with the questions. */
const knownFor = 30_000
/** Time that is given to questions that find little among very much, milliseconds. */
const patience = 2_000

type Held = { readonly messages: number; readonly from: number | undefined; readonly flows: string[] }

/** Searches for messages by business key. */
export class SearchView {
  readonly #reader: StoreReader
  readonly #landscape: Landscape
  readonly #facts: FlowFacts
  #held: { readonly at: number; readonly known: Promise<Held> } | undefined

  constructor(landscape: Landscape, reader: StoreReader) {
    this.#landscape = landscape
    this.#reader = reader
    this.#facts = new FlowFacts(landscape)
  }

  async search(query: SearchQuery, seeing: Seeing): Promise<SearchAnswer> {
    const { limit = 50, flow, state, after } = query
    const asked = askedFor(query.q)
    const found = await this.#find({ ...asked.find, flow, after, limit: limit * 4 }, asked.kind, seeing)
    const keys = newestKeys(found.messages, limit)
    const shown = await this.#whole(found, keys, asked.kind, flow, seeing)
    const groups = [...Map.groupBy(shown.messages, ({ key }) => key).values()]
      .map(messages => this.#group(messages, seeing.personal))
      .filter(each => state === undefined || each.state === state)
    const isEmpty = groups.length === 0 && after === undefined
    const next = shown.cut ?? found.next
    return {
      kind: asked.kind,
      found: groups,
      missing: asked.kind === 'list' ? asked.keys.filter(key => !keys.has(key) && next === undefined) : [],
      nearest: isEmpty && asked.kind !== 'list' ? await this.#nearest(query.q.trim(), flow, seeing) : [],
      searched: await this.#searched(found, flow, seeing),
      ...(next !== undefined && { next }),
    }
  }

  /** Goes on where the store looked at much and found little. */
  async #find(query: FindQuery, kind: SearchAnswer['kind'], seeing: Seeing): Promise<Found> {
    const until = performance.now() + patience
    const messages: FoundMessage[] = []
    let { after } = query
    for (;;) {
      const page = await this.#reader.find({ ...query, after, limit: query.limit - messages.length })
      messages.push(...page.messages.filter(each => this.#mayBeFound(each, kind, query, seeing)))
      after = page.next
      if (after === undefined || messages.length >= query.limit || performance.now() > until)
        return { ...page, messages }
    }
  }

  /** Personal keys are not told letter by letter: who may not see them finds them by the whole key only. */
  #mayBeFound(
    { flow, key, id }: FoundMessage,
    kind: SearchAnswer['kind'],
    query: FindQuery,
    { sees, personal }: Seeing,
  ): boolean {
    if (!sees({ flow })) return false
    if (personal || key === id || kind === 'list' || !this.#facts.hasPersonalKey(flow)) return true
    return 'prefix' in query && query.prefix === key
  }

  /** All messages of the keys of a page; `cut` is where the next page begins if keys were left for it. */
  async #whole(
    found: Found,
    keys: ReadonlySet<string>,
    kind: SearchAnswer['kind'],
    flow: string | undefined,
    seeing: Seeing,
  ): Promise<{ messages: Stood[]; cut?: string }> {
    const kept = found.messages.filter(({ key }) => keys.has(key))
    const firstLeft = found.messages.findIndex(({ key }) => !keys.has(key))
    const before = found.messages[firstLeft - 1]
    const cut = before && `${before.acceptedAt}/${before.seq}/${before.flow}`
    if (keys.size === 0) return { messages: [] }
    const isWhole = found.next === undefined && cut === undefined
    const all = isWhole ? kept : await this.#all([...keys], flow, kind, seeing)
    const messages = await standsOf(this.#reader, all)
    return { messages, ...(cut !== undefined && { cut }) }
  }

  async #all(keys: string[], flow: string | undefined, kind: SearchAnswer['kind'], seeing: Seeing) {
    const { messages } = await this.#reader.find({ keys, flow, limit: messagesAtMost })
    const query: FindQuery = { keys, limit: 1 }
    return messages.filter(each => seeing.sees(each) || this.#mayBeFound(each, kind, query, seeing))
  }

  #group(newestFirst: readonly Stood[], personal: boolean): SearchAnswer['found'][number] {
    const messages = newestFirst.toReversed()
    const [first, last] = [messages[0] as Stood, messages.at(-1) as Stood]
    const stopped = newestFirst.find(each => outcomeOf(each) === 'failed')
    const isMasked =
      !personal && first.key !== first.id && messages.some(({ flow }) => this.#facts.hasPersonalKey(flow))
    const ends = messages.map(({ settled, acceptedAt }) => settled?.at ?? acceptedAt)
    const end = Math.max(...ends)
    const open = stopped ?? last
    return {
      key: isMasked ? masked : first.key,
      message: `${open.flow}/${open.seq}`,
      messages: messages.length,
      flows: [...new Set(messages.map(({ flow }) => flow))],
      systems: systemsOnWay(this.#facts, messages),
      state: outcomeOfAll(messages),
      ...(stopped?.unfinished && { stoppedAt: stopOf(stopped) }),
      first: first.acceptedAt,
      last: end,
      duration: Math.max(0, end - first.acceptedAt),
    }
  }

  /** Keys that begin like the one asked for, as far as possible. */
  async #nearest(q: string, flow: string | undefined, seeing: Seeing): Promise<string[]> {
    for (const share of [0.9, 0.75, 0.6, 0.4, 0.2]) {
      const length = Math.min(q.length - 1, Math.floor(q.length * share))
      if (length < 1) return []
      const prefix = q.slice(0, length)
      const { messages } = await this.#reader.find({ prefix, flow, limit: 20 })
      const keys = messages
        .filter(each => seeing.sees(each) && (seeing.personal || !this.#facts.hasPersonalKey(each.flow)))
        .map(({ key }) => key)
      if (keys.length > 0) return [...new Set(keys)].slice(0, 5)
    }
    return []
  }

  async #searched(
    { next, unsearched }: Found,
    flow: string | undefined,
    { sees }: Seeing,
  ): Promise<SearchAnswer['searched']> {
    const { messages, from, flows } = await this.#kept()
    const seen = (flow === undefined ? flows : [flow]).filter(each => sees({ flow: each }))
    const systems = new Set(
      systemsOnWay(
        this.#facts,
        seen.map(each => ({ flow: each })),
      ),
    )
    const complete = next === undefined && unsearched === 0
    return { flows: seen, systems: systems.size, messages, from, complete, unsearched }
  }

  /** What was known some seconds ago is told until it is known anew: counting takes longer than searching. */
  async #kept(): Promise<Held> {
    const before = this.#held
    if (before && Date.now() - before.at < knownFor) return before.known
    const known = this.#count()
    known.catch(() => {
      this.#held = undefined
    })
    this.#held = { at: Date.now(), known: before ? before.known : known }
    if (!before) return known
    known.then(
      value => {
        this.#held = { at: Date.now(), known: Promise.resolve(value) }
      },
      () => {},
    )
    return before.known
  }

  async #count(): Promise<Held> {
    const states = await this.#reader.flows()
    const oldest = await Promise.all(
      states.map(({ flow }) => this.#reader.entries({ flow, limit: 1, bytes: 1 })),
    )
    const times = oldest.flatMap(([entry]) => (entry ? [entry.acceptedAt] : []))
    const names = new Set([
      ...this.#landscape.flows.map(({ name }) => name),
      ...states.map(({ flow }) => flow),
    ])
    return {
      messages: states.reduce((sum, { entries }) => sum + entries, 0),
      from: times.length === 0 ? undefined : Math.min(...times),
      flows: [...names],
    }
  }
}

type Question =
  | { readonly kind: 'prefix'; readonly find: { readonly prefix: string }; readonly keys: readonly string[] }
  | {
      readonly kind: 'list'
      readonly find: { readonly keys: readonly string[] }
      readonly keys: readonly string[]
    }

function askedFor(q: string): Question {
  const keys = [...new Set(q.split(/[\n\r\t,;，；、]+/).map(part => part.trim()))].filter(part => part !== '')
  if (keys.length > keysAtMost)
    throw refused(`${keys.length} keys are asked for; at most ${keysAtMost} can be.`, 400)
  const [only = q.trim()] = keys
  if (keys.length > 1) return { kind: 'list', find: { keys }, keys }
  return { kind: 'prefix', find: { prefix: only }, keys: [only] }
}

function newestKeys(messages: readonly FoundMessage[], most: number): Set<string> {
  const keys = new Set<string>()
  for (const { key } of messages) if (keys.size < most) keys.add(key)
  return keys
}

function stopOf({ flow, unfinished }: Stood): NonNullable<SearchAnswer['found'][number]['stoppedAt']> {
  const { error, attempts = 0 } = unfinished ?? {}
  return { flow, code: error?.code ?? '', ...(error?.step !== undefined && { step: error.step }), attempts }
}
