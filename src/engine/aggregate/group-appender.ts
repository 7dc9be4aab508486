import type { Append, Appended, Store } from '../../store/store.ts'
import type { Host } from '../host.ts'

/** Puts what is to be appended at one time into one call of the store. */
export class GroupAppender {
  readonly #store: Pick<Store, 'append'>
  readonly #token: number
  readonly #host: Pick<Host, 'soon'>
  #waiting: { readonly append: Append; readonly done: PromiseWithResolvers<Appended> }[] = []

  constructor(store: Pick<Store, 'append'>, token: number, host: Pick<Host, 'soon'>) {
    this.#store = store
    this.#token = token
    this.#host = host
  }

  append(append: Append): Promise<Appended> {
    const done = Promise.withResolvers<Appended>()
    this.#waiting.push({ append, done })
    if (this.#waiting.length === 1) this.#host.soon(() => void this.#send())
    return done.promise
  }

  async #send(): Promise<void> {
    const sent = this.#waiting
    this.#waiting = []
    try {
      const answers = await this.#store.append(
        sent.map(({ append }) => append),
        this.#token,
      )
      for (const [n, { done }] of sent.entries()) done.resolve(answers[n] as Appended)
    } catch (error) {
      for (const { done } of sent) done.reject(error)
    }
  }
}
