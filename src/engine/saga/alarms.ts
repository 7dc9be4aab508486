import type { Host } from '../host.ts'

/** Who is to be woken. `due` and `place` belong to the alarms. */
export interface Sleeper {
  /** By the clock that only grows (`Host.monotonic`). */
  due: number
  /** Where it stands among those that sleep; -1 if it does not. */
  place: number
  poke(): void
}

/** Wakes many sleepers, each at its time, with one timer. A heap: whoever is at `place` is due before both behind it. */
export class Alarms {
  readonly #host: Host
  readonly #heap: Sleeper[] = []
  #cancel: (() => void) | undefined
  #armed: number | undefined

  constructor(host: Host) {
    this.#host = host
  }

  /** In the place of what was set for it before; without a time it is not woken. */
  set(sleeper: Sleeper, due: number | undefined): void {
    if (sleeper.place >= 0 && sleeper.due === due) return
    if (sleeper.place >= 0) this.#remove(sleeper)
    if (due !== undefined) {
      sleeper.due = due
      this.#rise(sleeper, this.#heap.length)
    }
    this.#arm()
  }

  #arm(): void {
    const due = this.#heap[0]?.due
    if (due === this.#armed) return
    this.#cancel?.()
    this.#armed = due
    this.#cancel =
      due === undefined
        ? undefined
        : this.#host.after(Math.max(0, due - this.#host.monotonic()), () => this.#ring())
  }

  #ring(): void {
    this.#armed = undefined
    this.#cancel = undefined
    const now = this.#host.monotonic()
    for (let first = this.#heap[0]; first && first.due <= now; first = this.#heap[0]) {
      this.#remove(first)
      first.poke()
    }
    this.#arm()
  }

  #remove(sleeper: Sleeper): void {
    const last = this.#heap.pop() as Sleeper
    const { place } = sleeper
    sleeper.place = -1
    if (last === sleeper) return
    const before = this.#heap[(place - 1) >> 1]
    if (before && place > 0 && last.due < before.due) this.#rise(last, place)
    else this.#sink(last, place)
  }

  #rise(sleeper: Sleeper, from: number): void {
    let place = from
    while (place > 0) {
      const before = this.#heap[(place - 1) >> 1] as Sleeper
      if (before.due <= sleeper.due) break
      this.#put(before, place)
      place = (place - 1) >> 1
    }
    this.#put(sleeper, place)
  }

  #sink(sleeper: Sleeper, from: number): void {
    let place = from
    for (;;) {
      const [left, right] = [this.#heap[2 * place + 1], this.#heap[2 * place + 2]]
      const next = left && right && right.due < left.due ? right : left
      if (!next || sleeper.due <= next.due) break
      const { place: behind } = next
      this.#put(next, place)
      place = behind
    }
    this.#put(sleeper, place)
  }

  #put(sleeper: Sleeper, place: number): void {
    this.#heap[place] = sleeper
    sleeper.place = place
  }
}
