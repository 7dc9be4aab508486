import { IsthmusError } from '../../errors.ts'
import type { Accepted } from '../store.ts'
import { acceptTexts, acceptValues, positionValues } from './accept-statement.ts'
import { requireTokens, tokensOf } from './fencing.ts'
import { FlowNumbers } from './flow-numbers.ts'
import type { Grouping } from './group-writer.ts'
import type { AcceptCall, Incoming } from './incoming.ts'
import type { Session, Statement } from './session.ts'
import { fromText, toText } from './stored-text.ts'

/** What goes together into one transaction; a single call may be larger. */
const most = { rows: 1000, bytes: 4 * 2 ** 20 }

/** Accepting and something else in one statement. */
interface Surrounding extends Pick<Statement, 'name' | 'text'> {
  /** The values behind those of accepting, of the calls by the names under which their identities stand. */
  more(calls: readonly AcceptCall[]): readonly unknown[]
}

interface AcceptRow {
  readonly taken: string
  readonly heads: readonly (readonly [flow: number, head: number])[]
  readonly known: readonly (readonly [name: string, id: string | null, content: string])[]
}

type KnownRow = Readonly<Record<'name' | 'id' | 'content', string>>
type KeptRow = Readonly<Record<'id' | 'flow' | 'seq', string>>

/** By name: the message that stands for an identity, and its content. */
type Standing = Map<string, { readonly id: string; readonly content: string }>

/** Puts calls of `accept` into one statement, which needs no claim: any process may run it beside the owner. */
export class Accepting implements Grouping<AcceptCall, Accepted[]> {
  readonly doing = 'accepting messages'
  readonly wake: () => string | null
  readonly #schema: string
  readonly #texts: ReturnType<typeof acceptTexts>
  readonly #flows: FlowNumbers

  /** `wake`: who must be told of new messages, if somebody. */
  constructor(schema: string, wake: () => string | null) {
    this.#schema = schema
    this.wake = wake
    this.#texts = acceptTexts(schema)
    this.#flows = new FlowNumbers(schema)
  }

  count(waiting: readonly { readonly call: AcceptCall }[]): number {
    let rows = 0
    let bytes = 0
    const end = waiting.findIndex(({ call }) => {
      for (const message of call.messages) {
        rows += message.rows.length
        bytes += message.rows.length * message.bytes
      }
      return rows > most.rows || bytes > most.bytes
    })
    return end === -1 ? waiting.length : Math.max(end, 1)
  }

  async commit(
    session: Session,
    calls: readonly AcceptCall[],
  ): Promise<Accepted[][] | 'committed' | 'nothing'> {
    const wake = this.wake()
    const { accept, acceptAt } = this.#texts
    const statement: Surrounding = calls.every(({ position }) => position === undefined)
      ? { name: 'accept', text: accept, more: () => [wake] }
      : { name: 'accept at', text: acceptAt, more: moved => [...positionValues(moved), wake] }
    const answers = await this.commitWith(session, calls, statement)
    const tokens = calls.flatMap(({ position }) => position?.token ?? [])
    if (answers === 'nothing') await requireTokens(session, this.#schema, tokens)
    return answers
  }

  /** With a statement that does something else too. */
  async commitWith(
    session: Session,
    given: readonly AcceptCall[],
    { name, text, more }: Surrounding,
  ): Promise<Accepted[][] | 'committed' | 'nothing'> {
    const calls = await this.#asMoved(session, given)
    const flows = calls.flatMap(call => call.messages.flatMap(each => each.message.flows.map(to => to.flow)))
    const numbers = await this.#flows.of(session, flows)
    const values = [session.id, session.next, ...acceptValues(calls, numbers), ...more(calls)]
    const [row] = await session.run<AcceptRow>({ name, text, values })
    if (row === undefined || Number(row.taken) !== 1) return 'nothing'
    session.advance()
    const standing: Standing = new Map()
    for (const [name, id, content] of row.known) {
      if (id === null) return 'committed' // another process has accepted it since our statement began
      standing.set(name, { id: fromText(id), content })
    }
    const heads = new Map(row.heads)
    return answersOf(calls, standing, (_, flow) => {
      const number = numbers.get(flow) as number
      const seq = (heads.get(number) as number) + 1
      heads.set(number, seq)
      return seq
    })
  }

  /** Asks for what stands under the identities, and for the messages by their ids, which are given only once. */
  async recall(session: Session, given: readonly AcceptCall[]): Promise<Accepted[][]> {
    const calls = await this.#asMoved(session, given)
    const messages = calls.flatMap(call => call.messages)
    const names = messages.flatMap(({ identity }) => identity?.name ?? [])
    const ids = messages.map(each => each.id)
    const known = await session.run<KnownRow>({ name: 'known', text: this.#texts.known, values: [names] })
    const kept = await session.run<KeptRow>({ name: 'kept', text: this.#texts.kept, values: [ids] })
    const own = new Set(ids)
    const standing: Standing = new Map()
    for (const { name, id, content } of known)
      if (!own.has(id)) standing.set(name, { id: fromText(id), content })
    const seqs = new Map(kept.map(row => [`${row.id} ${row.flow}`, Number(row.seq)]))
    const answers = answersOf(calls, standing, (message, flow) => {
      const seq = seqs.get(`${message.id} ${toText(flow)}`)
      if (seq === undefined)
        throw new IsthmusError('STORE-FAILED', `message ${message.id} was kept and is gone`)
      return seq
    })
    await this.#move(session, calls, answers)
    return answers
  }

  /** With the names under which identities stand that were copied from another store: nothing else gives such names. */
  async #asMoved(session: Session, calls: readonly AcceptCall[]): Promise<readonly AcceptCall[]> {
    const asked = calls.flatMap(call => call.messages.flatMap(({ identity }) => identity?.moved ?? []))
    if (asked.length === 0) return calls
    const rows = await session.run<{ name: string }>({
      name: 'moved',
      text: this.#texts.moved,
      values: [asked],
    })
    const there = new Set(rows.map(row => row.name))
    if (there.size === 0) return calls
    return calls.map(call => ({ ...call, messages: call.messages.map(each => renamed(each, there)) }))
  }

  /**
   * The statement took what another process accepted meanwhile for a conflict, though it may be a duplicate. A position
   * whose lease was lost since then stays where it is.
   */
  async #move(session: Session, calls: readonly AcceptCall[], answers: Accepted[][]): Promise<void> {
    for (const [n, { position }] of calls.entries()) {
      if (!position?.unlessConflict || answers[n]?.some(({ status }) => status === 'conflict')) continue
      const tokens = tokensOf(position.token === undefined ? [] : [position.token])
      const values = [position.source, position.position, tokens]
      await session.run({ name: 'move', text: this.#texts.move, values })
    }
  }
}

function renamed(message: Incoming, there: ReadonlySet<string>): Incoming {
  const { identity } = message
  const name = identity?.moved.find(each => there.has(each))
  return identity === undefined || name === undefined
    ? message
    : { ...message, identity: { ...identity, name } }
}

/** `seqOf` is asked for each message that was accepted and each of its flows, in order. */
function answersOf(
  calls: readonly AcceptCall[],
  standing: Standing,
  seqOf: (message: Incoming, flow: string) => number,
): Accepted[][] {
  const answer = (message: Incoming): Accepted => {
    const { identity } = message
    const { id, flows } = message.message
    const first = identity && standing.get(identity.name)
    // Of one that was copied from another store, a part of the digest is known.
    if (first) {
      const isSame = identity.content.startsWith(first.content)
      return { status: isSame ? 'duplicate' : 'conflict', id: first.id }
    }
    if (identity) standing.set(identity.name, { id, content: identity.content })
    return { status: 'accepted', id, seqs: flows.map(to => seqOf(message, to.flow)) }
  }
  return calls.map(call => call.messages.map(answer))
}
