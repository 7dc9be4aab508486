interface Window {
  count: number
  /** Tells of those that did not pass. */
  summary: (count: number) => void
}

/** Lets the first few of a kind pass in each window of time, and tells at its end how many more there were. */
export class Throttle {
  readonly #windows = new Map<string, Window>()

  pass(kind: string, most: number, milliseconds: number, summary: (count: number) => void): boolean {
    const open = this.#windows.get(kind)
    if (open) {
      open.summary = summary
      return ++open.count <= most
    }
    const window: Window = { count: 1, summary }
    this.#windows.set(kind, window)
    const end = () => {
      this.#windows.delete(kind)
      if (window.count > most) window.summary(window.count - most)
    }
    setTimeout(end, milliseconds).unref()
    return true
  }
}
