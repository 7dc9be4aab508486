import type { Settlement } from '../store.ts'
import { requireTokens } from './fencing.ts'
import { FlowNumbers } from './flow-numbers.ts'
import type { Grouping } from './group-writer.ts'
import type { Session } from './session.ts'
import { settleText, settleValues } from './settle-statement.ts'

/** How many messages go together into one transaction; a single settlement may have more. */
const most = 5000

/** Puts settlements, under whatever leases, into one statement. */
export class Settling implements Grouping<Settlement, undefined> {
  readonly doing = 'recording progress'
  readonly #schema: string
  readonly #text: string
  readonly #flows: FlowNumbers

  constructor(schema: string) {
    this.#schema = schema
    this.#text = settleText(schema)
    this.#flows = new FlowNumbers(schema)
  }

  count(waiting: readonly { readonly call: Settlement }[]): number {
    let messages = 0
    const end = waiting.findIndex(({ call }) => {
      messages += call.settled.length + call.unfinished.length
      return messages > most
    })
    return end === -1 ? waiting.length : Math.max(end, 1)
  }

  async commit(session: Session, calls: readonly Settlement[]): Promise<undefined[] | 'nothing'> {
    const numbers = await this.#flows.of(
      session,
      calls.map(call => call.flow),
    )
    const values = [session.id, session.next, ...settleValues(calls, numbers)]
    const [row] = await session.run<{ taken: string }>({ name: 'settle', text: this.#text, values })
    if (Number(row?.taken) === 1) {
      session.advance()
      return calls.map(() => undefined)
    }
    await requireTokens(
      session,
      this.#schema,
      calls.map(({ token }) => token),
    )
    return 'nothing'
  }

  async recall(_session: Session, calls: readonly Settlement[]): Promise<undefined[]> {
    return calls.map(() => undefined)
  }
}
