import type { Accepted, Appended } from '../store.ts'
import { Accepting } from './accepting.ts'
import type { Decided } from './append-draft.ts'
import { AppendDraft } from './append-draft.ts'
import type { StreamNumbers } from './append-statement.ts'
import { appendText, appendValues, knownText } from './append-statement.ts'
import { byteaArray } from './binary-array.ts'
import { requireTokens } from './fencing.ts'
import type { Grouping } from './group-writer.ts'
import type { AcceptCall } from './incoming.ts'
import type { AppendCall } from './incoming-append.ts'
import type { Session } from './session.ts'
import { storedName } from './stream-names.ts'
import type { StoredStream } from './stream-rows.ts'
import { streamOf } from './stream-rows.ts'

/** What goes together into one transaction; a single call may be larger. */
const most = { appends: 1000, bytes: 4 * 2 ** 20 }

/** A row for the numbers, and one for each stream that is there. */
interface KnownRow extends StoredStream {
  readonly last_position: string
  readonly last_stream: string
}

/** What was decided of the appends of all calls, and what is to be accepted with those that succeed. */
interface Decision {
  readonly decided: readonly (readonly Decided[])[]
  readonly accepts: readonly AcceptCall[]
}

/**
 * Decides appends on what it reads of their streams, and writes all of one group by one statement, which does nothing
 * if a stream or the numbers are no longer as they were read. As the owner writes by one connection only, that
 * happens when a stream has been retired meanwhile.
 */
export class Appending implements Grouping<AppendCall, Appended[]> {
  readonly doing = 'appending to streams'
  readonly #schema: string
  readonly #texts: { readonly known: string; readonly append: string }
  readonly #accepting: Accepting
  readonly #decisions = new WeakMap<readonly AppendCall[], Decision>()

  constructor(schema: string, wake: () => string | null) {
    this.#schema = schema
    this.#texts = { known: knownText(schema), append: appendText(schema) }
    this.#accepting = new Accepting(schema, wake)
  }

  count(waiting: readonly { readonly call: AppendCall }[]): number {
    let appends = 0
    let bytes = 0
    const end = waiting.findIndex(({ call }) => {
      appends += call.appends.length
      for (const each of call.appends) bytes += each.bytes
      return appends > most.appends || bytes > most.bytes
    })
    return end === -1 ? waiting.length : Math.max(end, 1)
  }

  async commit(
    session: Session,
    calls: readonly AppendCall[],
  ): Promise<Appended[][] | 'committed' | 'nothing'> {
    const tokens = calls.map(({ token }) => token)
    const draft = await this.#read(session, calls)
    const decided = calls.map(call => call.appends.map(append => draft.append(append)))
    const accepts = calls.flatMap((call, n) =>
      call.appends.filter((_, m) => decided[n]?.[m]?.status === 'appended').map(append => append.accept),
    )
    const decision = { decided, accepts }
    this.#decisions.set(calls, decision)
    const changes = draft.changes(tokens)
    if (changes.events.length === 0) {
      await requireTokens(session, this.#schema, tokens, 'members')
      return answersOf(decision, [])
    }
    const statement = {
      name: 'append',
      text: this.#texts.append,
      more: () => appendValues(changes, this.#accepting.wake()),
    }
    const accepted = await this.#accepting.commitWith(session, accepts, statement)
    if (accepted === 'nothing') await requireTokens(session, this.#schema, tokens, 'members')
    return typeof accepted === 'string' ? accepted : answersOf(decision, accepted)
  }

  /** What was decided is known here; only what became of the messages is asked for. */
  async recall(session: Session, calls: readonly AppendCall[]): Promise<Appended[][]> {
    const decision = this.#decisions.get(calls) ?? { decided: [], accepts: [] }
    return answersOf(decision, await this.#accepting.recall(session, decision.accepts))
  }

  async #read(session: Session, calls: readonly AppendCall[]): Promise<AppendDraft> {
    const names = new Map(
      calls.flatMap(call =>
        call.appends.map(({ kind, key }) => [JSON.stringify([kind, key]), { kind, key }]),
      ),
    )
    const stored = [...names.values()].map(storedName)
    const values = [byteaArray(stored.map(each => each.kind)), byteaArray(stored.map(each => each.key))]
    const rows = await session.run<KnownRow>({ name: 'streams', text: this.#texts.known, values })
    const known = rows.filter(row => row.no !== null).map(streamOf)
    return new AppendDraft(numbersOf(rows[0]), known)
  }
}

const numbersOf = (row: KnownRow | undefined): StreamNumbers => ({
  position: Number(row?.last_position),
  stream: Number(row?.last_stream),
})

/** `accepted` is in the order of the appends that succeeded. */
function answersOf({ decided }: Decision, accepted: readonly Accepted[][]): Appended[][] {
  const next = accepted.values()
  return decided.map(each =>
    each.map(({ status, version }): Appended => {
      if (status === 'conflict') return { status, version }
      return { status, version, accepted: next.next().value ?? [] }
    }),
  )
}
