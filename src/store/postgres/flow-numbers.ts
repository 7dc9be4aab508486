import type { Session } from './session.ts'
import { durably } from './session.ts'
import { fromText, toText } from './stored-text.ts'

/**
 * The numbers that stand for flows in all tables. A flow gets its own when it is first named; it never changes.
 * What a session has learnt is forgotten with it: the server may be another one afterwards.
 */
export class FlowNumbers {
  readonly #schema: string
  #session: Session | undefined
  #known = new Map<string, number>()

  constructor(schema: string) {
    this.#schema = schema
  }

  async of(session: Session, flows: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (this.#session !== session) this.#known = new Map()
    this.#session = session
    const unknown = [...new Set(flows)].filter(flow => !this.#known.has(flow))
    if (unknown.length > 0) await this.#ask(session, unknown.map(toText).sort())
    return this.#known
  }

  async #ask(session: Session, names: readonly string[]): Promise<void> {
    const table = `"${this.#schema}".flows`
    const missing = `INSERT INTO ${table} (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING RETURNING ${durably}`
    await session.run({ name: '', text: missing, values: [names] })
    const text = `SELECT no, name FROM ${table} WHERE name = ANY ($1::text[])`
    for (const row of await session.run<{ no: number; name: string }>({ name: '', text, values: [names] }))
      this.#known.set(fromText(row.name), row.no)
  }
}
