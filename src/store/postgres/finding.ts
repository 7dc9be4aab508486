import { type FindPlace, meant, newestFirst, pageOf, placeOf, placeOfMessage } from '../find-page.ts'
import type { FindQuery, Found, FoundMessage } from '../store.ts'
import type { Run } from './read-statements.ts'
import { fromText, toText } from './stored-text.ts'

/** Matches of the index that are sorted at once; and where newer ones do not fill a page, which takes longer. */
const sorted = { few: 2000, many: 50_000 }
/** Messages that are gone through from the newest on, to see whether they fill a page; and where nothing else helps. */
const looked = { few: 1000, many: 50_000 }

interface Row extends Record<'flow' | 'seq' | 'key' | 'id' | 'accepted_at', string> {}

/**
 * Finds by index `entries_key`. What begins like very many is found by time: one page may then be short, and the next
 * one goes on further back.
 */
export async function findMessages(schema: string, run: Run, query: FindQuery): Promise<Found> {
  const finding = new Finding(schema, run, query)
  if ('prefix' in query) {
    const newest = await finding.byTime(looked.few)
    if (newest.messages.length === query.limit) return newest
  }
  const found = (await finding.byKey(sorted.few)) ?? (await finding.byKey(sorted.many))
  return found ?? finding.byTime(looked.many)
}

class Finding {
  readonly #schema: string
  readonly #run: Run
  readonly #query: FindQuery
  readonly #after: FindPlace | undefined
  readonly #isMeant: (key: string) => boolean

  constructor(schema: string, run: Run, query: FindQuery) {
    this.#schema = schema
    this.#run = run
    this.#query = query
    this.#after = placeOf(query.after)
    this.#isMeant = meant(query)
  }

  /** Undefined if more than `most` fit. */
  async byKey(most: number): Promise<Found | undefined> {
    const { limit } = this.#query
    const { where, values } = this.#conditions()
    // OFFSET keeps the planner from going through the times instead. One moment is given whole, for the order in it.
    const text = `SELECT ${this.#columns}, fitting FROM (
        SELECT *, count(*) OVER () AS fitting FROM (
          SELECT flow, seq, key, id, accepted_at FROM ${this.#schema}.entries ${where}
          ORDER BY left(key, 100), seq OFFSET 0 LIMIT ${most + 1}) AS those) AS counted
      ORDER BY accepted_at DESC FETCH FIRST ${limit + 1} ROWS WITH TIES`
    const rows = await this.#run<Row & { fitting: string }>({ text, values })
    if (Number(rows[0]?.fitting ?? 0) > most) return undefined
    return pageOf(this.#inOrder(rows), limit, 0)
  }

  /** Of the newest `most` messages. */
  async byTime(most: number): Promise<Found> {
    const { limit } = this.#query
    const { values: since } = this.#since()
    const window = `SELECT flow, seq, key, id, accepted_at FROM ${this.#schema}.entries ${this.#since().where}
      ORDER BY accepted_at DESC LIMIT ${most}`
    const { where, values } = this.#conditions(since)
    const text = `SELECT ${this.#columns} FROM (${window}) AS newest ${where}
      ORDER BY accepted_at DESC FETCH FIRST ${limit + 1} ROWS WITH TIES`
    const found = this.#inOrder(await this.#run<Row>({ text, values }))
    if (found.length > limit) return pageOf(found, limit, 0)
    const [edge] = await this.#run<{ count: string; oldest: string | null }>({
      text: `SELECT count(*) AS count, min(accepted_at) AS oldest FROM (${window}) AS newest`,
      values: since,
    })
    if (!edge || edge.oldest === null || Number(edge.count) < most) return pageOf(found, limit, 0)
    // Of the oldest moment not all were looked at, unless it is the one with which the page began.
    const oldest = Number(edge.oldest) - (Number(edge.oldest) === this.#after?.at ? 1 : 0)
    return {
      messages: found.filter(({ acceptedAt }) => acceptedAt > oldest),
      unsearched: 0,
      next: `${oldest}/0/-`,
    }
  }

  get #columns(): string {
    return `(SELECT name FROM ${this.#schema}.flows WHERE no = flow) AS flow, seq, key, id, accepted_at`
  }

  #since(): { where: string; values: unknown[] } {
    return this.#after
      ? { where: 'WHERE accepted_at <= $1', values: [this.#after.at] }
      : { where: '', values: [] }
  }

  #conditions(before: readonly unknown[] = []): { where: string; values: unknown[] } {
    const values = [...before]
    const is = (value: unknown) => `$${values.push(value)}`
    const { flow } = this.#query
    const all = [
      keysAre(this.#query, is),
      ...(flow === undefined
        ? []
        : [`flow = (SELECT no FROM ${this.#schema}.flows WHERE name = ${is(toText(flow))})`]),
      ...(this.#after ? [this.#behind(this.#after, is)] : []),
    ]
    return { where: `WHERE ${all.join(' AND ')}`, values }
  }

  /** Behind the page before, in the order of `newestFirst`. */
  #behind({ at, flow, seq }: FindPlace, is: (value: unknown) => string): string {
    const name = `(SELECT name FROM ${this.#schema}.flows WHERE no = flow)`
    const [moment, its] = [is(at), is(toText(flow))]
    const inMoment = `(${name} > ${its} OR (${name} = ${its} AND seq < ${is(seq)}))`
    return `(accepted_at < ${moment} OR (accepted_at = ${moment} AND ${inMoment}))`
  }

  /** The newest first. */
  #inOrder(rows: readonly Row[]): FoundMessage[] {
    return rows
      .map(row => ({
        flow: fromText(row.flow),
        seq: Number(row.seq),
        key: fromText(row.key),
        id: fromText(row.id),
        acceptedAt: Number(row.accepted_at),
      }))
      .filter(
        each =>
          this.#isMeant(each.key) && (!this.#after || newestFirst(placeOfMessage(each), this.#after) > 0),
      )
      .sort((a, b) => newestFirst(placeOfMessage(a), placeOfMessage(b)))
  }
}

function keysAre(query: FindQuery, is: (value: unknown) => string): string {
  if ('keys' in query) {
    const texts = query.keys.map(toText)
    return `left(key, 100) = ANY (${is(texts.map(beginning))}::text[]) AND key = ANY (${is(texts)}::text[])`
  }
  const prefix = toText(wholeCharacters(query.prefix))
  if (prefix === '') return 'true'
  const start = beginning(prefix)
  return `left(key, 100) >= ${is(start)} AND left(key, 100) < ${is(behindAll(start))} AND starts_with(key, ${is(prefix)})`
}

/** As the index has it. */
function beginning(text: string): string {
  return text.length <= 100 ? text : [...text].slice(0, 100).join('')
}

/** Half of a character at the end is left to the comparison of what was found. */
function wholeCharacters(prefix: string): string {
  const last = prefix.charCodeAt(prefix.length - 1)
  return last >= 0xd800 && last < 0xdc00 ? prefix.slice(0, -1) : prefix
}

/** Follows, byte by byte in UTF-8, on every text that begins so: no text has a character above. */
function behindAll(prefix: string): string {
  return `${prefix}\u{10ffff}\u{10ffff}`
}
