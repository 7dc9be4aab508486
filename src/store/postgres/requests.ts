import { randomUUID } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { Json } from '../../message/json-value.ts'
import { readError, type WrittenError, writtenError } from '../../message/written-error.ts'
import type { RequestHandler } from '../members.ts'
import type { Self } from './members-statement.ts'
import type { ReadPool } from './read-pool.ts'
import { requestTexts } from './requests-statement.ts'
import { fromText, toText } from './stored-text.ts'
import { noticeText } from './waking.ts'

/** As it is stored. */
type Answer = { readonly value: Json } | { readonly error: WrittenError }

type Asked = Pick<PromiseWithResolvers<Answer>, 'resolve' | 'reject'>

type OpenRow = Readonly<Record<'id' | 'lease' | 'request', string>>

/** How often it is looked for what was asked or answered, in milliseconds, should nothing be heard of it. */
const lookEvery = 1000

/** How many requests are fetched at once. */
const most = 50

/**
 * What a member asks the holders of leases, and what it is asked. A request is a row, and so is its answer: who takes
 * over a lease finds what was asked of the one before.
 */
export class Requests {
  readonly #pool: ReadPool
  readonly #self: Self
  readonly #texts: ReturnType<typeof requestTexts>
  readonly #asked = new Map<string, Asked>()
  readonly #handling = new Set<string>()
  readonly #lookForAnswers = oneAtATime(() => this.#collect())
  readonly #lookForRequests = oneAtATime(() => this.#fetch())
  readonly #timer: NodeJS.Timeout
  #handler: RequestHandler | undefined
  #held: ReadonlySet<string> = new Set()

  constructor(pool: ReadPool, self: Self) {
    this.#pool = pool
    this.#self = self
    this.#texts = requestTexts(self.schema)
    this.#timer = setInterval(() => {
      void this.#lookForAnswers()
      void this.#lookForRequests()
    }, lookEvery).unref()
  }

  async ask(lease: string, request: Json, signal?: AbortSignal): Promise<Json> {
    signal?.throwIfAborted()
    const id = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    promise.catch(() => undefined)
    const onAbort = () => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const alarm = setTimeout(() => void this.#giveUp(id, lease), this.#self.lease)
    this.#asked.set(id, { resolve, reject })
    try {
      await this.#put(id, lease, request)
      this.asked(lease)
      return unwrapped(await promise)
    } finally {
      clearTimeout(alarm)
      signal?.removeEventListener('abort', onAbort)
      this.#asked.delete(id)
      void this.#run(this.#texts.remove, [id]).catch(() => undefined)
    }
  }

  handle(handler: RequestHandler): void {
    this.#handler = handler
    void this.#lookForRequests()
  }

  /** The leases of the member: what is asked of them is for its handler. */
  hold(held: ReadonlySet<string>): void {
    const more = [...held].some(name => !this.#held.has(name))
    this.#held = held
    if (more) void this.#lookForRequests()
  }

  /** Somebody was heard to ask something of the holder of this lease, or of one that is not told. */
  asked(lease: string): void {
    if (lease === '' || this.#held.has(lease)) void this.#lookForRequests()
  }

  /** It was heard that something that this member has asked is answered. */
  answered(): void {
    void this.#lookForAnswers()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#handler = undefined
    for (const { reject } of this.#asked.values())
      reject(new IsthmusError('STORE-UNAVAILABLE', 'asking another member: this one has left the store'))
  }

  async #put(id: string, lease: string, request: Json): Promise<void> {
    // A notice has at most 8,000 bytes.
    const notice = noticeText('request', lease.length < 1000 ? toText(lease) : '')
    const values = [id, toText(lease), toText(this.#self.id), JSON.stringify(request)]
    await this.#run(this.#texts.put, [...values, Math.ceil(this.#self.lease), notice])
  }

  async #giveUp(id: string, lease: string): Promise<void> {
    await this.#lookForAnswers()
    const silent = `nobody has answered for "${lease}" within ${this.#self.lease / 1000} s: its holder may be gone, and another one takes over`
    this.#asked.get(id)?.reject(new IsthmusError('MEMBER-SILENT', silent, { detail: { lease } }))
  }

  async #collect(): Promise<void> {
    if (this.#asked.size === 0) return
    const rows = await this.#run<{ id: string; answer: string }>(this.#texts.answers, [
      [...this.#asked.keys()],
    ])
    for (const { id, answer } of rows) this.#asked.get(id)?.resolve(JSON.parse(answer))
  }

  async #fetch(): Promise<void> {
    for (let full = true; full; ) {
      if (this.#handler === undefined) return
      const rows = await this.#run<OpenRow>(this.#texts.open, [
        toText(this.#self.id),
        [...this.#handling],
        most,
      ])
      // It may have been given another meanwhile.
      const handler = this.#handler
      if (handler === undefined) return
      for (const row of rows) void this.#answer(row, handler)
      full = rows.length === most
    }
  }

  /** An answer that cannot be stored is lost: then it is asked again, here or of the next holder. */
  async #answer({ id, lease, request }: OpenRow, handler: RequestHandler): Promise<void> {
    this.#handling.add(id)
    const answer = await answerOf(() => handler(fromText(lease), JSON.parse(request)))
    const values = [id, JSON.stringify(answer), toText(this.#self.id)]
    await this.#run(this.#texts.answer, values).catch(() => undefined)
    this.#handling.delete(id)
  }

  async #run<Row extends object>(text: string, values: readonly unknown[]): Promise<Row[]> {
    return await this.#pool.run<Row>({ text, values }, 'asking another member')
  }
}

async function answerOf(handle: () => Promise<Json>): Promise<Answer> {
  try {
    return { value: await handle() }
  } catch (error) {
    return { error: writtenError(error) }
  }
}

function unwrapped(answer: Answer): Json {
  if ('value' in answer) return answer.value
  throw readError(answer.error)
}

/** What is asked for while it is at work is done once more afterwards. Never rejects: failures are for the next time. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let working: Promise<void> | undefined
  let again = false
  const start = async () => {
    do {
      again = false
      await work().catch(() => undefined)
    } while (again)
    working = undefined
  }
  return () => {
    again = working !== undefined
    working ??= start()
    return working
  }
}
