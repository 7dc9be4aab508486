import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import { entrySchema } from './channels.ts'
import type { SearchOptions } from './config.ts'
import type { Directory, OpenDirectory } from './directory.ts'
import { EntryReader } from './entry.ts'

/** Answers each request with entries. The requests of one call share a connection. */
export class LdapRequester implements Requester {
  readonly batch = 20
  readonly concurrency = 4
  readonly #directory: Directory
  readonly #name: string
  readonly #options: SearchOptions
  readonly #reader: EntryReader
  readonly #limit: number

  constructor(directory: Directory, name: string, options: SearchOptions) {
    this.#directory = directory
    this.#name = name
    this.#options = options
    this.#reader = new EntryReader(options.response.name, entrySchema(options))
    this.#limit = options.one ? 1 : (options.limit ?? 500)
  }

  async ask(items: readonly Outgoing[], signal: AbortSignal): Promise<Answer<unknown>[]> {
    const opened = await this.#directory.open(signal)
    try {
      const answers: Answer<unknown>[] = []
      for (const { data } of items) {
        const answer = this.#find(opened, data)
        answers.push(
          await answer.then(
            result => ({ ok: true, result }),
            error => ({ ok: false, error }),
          ),
        )
      }
      return answers
    } finally {
      await opened.close()
    }
  }

  async #find(opened: OpenDirectory, request: unknown): Promise<unknown> {
    const { base, scope, one, response } = this.#options
    const query = { base, scope, filter: this.#filter(request), attributes: this.#reader.names }
    const pageSize = this.#limit + 1
    const records: Record<string, unknown>[] = []
    for await (const entries of opened.pages({ ...query, pageSize })) {
      records.push(...entries.map(entry => this.#reader.read(entry)))
      if (records.length > this.#limit) throw this.#wrong(`more than ${this.#limit} entries`)
    }
    if (one && records.length === 0)
      throw new IsthmusError('TARGET-REFUSED', `Search ${this.#name} found nothing.`)
    const checked = response.validate(one ? records[0] : records)
    if (checked.ok) return checked.data
    const problems = checked.problems.map(({ path, problem }) => `${path || 'the answer'} ${problem}`)
    throw this.#wrong(`what does not fit ${response.name}: ${problems.slice(0, 5).join('; ')}`)
  }

  #filter(request: unknown) {
    try {
      return this.#options.filter(request)
    } catch (cause) {
      const text = `Search ${this.#name}: no filter can be made of the request: ${reasonOf(cause)}`
      throw new IsthmusError('TARGET-REFUSED', text, { cause })
    }
  }

  #wrong(what: string): IsthmusError {
    return new IsthmusError('TARGET-CONTRACT', `Search ${this.#name} found ${what}.`)
  }
}
