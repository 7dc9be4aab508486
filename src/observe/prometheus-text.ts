/** Upper bounds in seconds: from a local commit to a message that waited for minutes. */
const bounds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800,
] as const

/** Counts durations in seconds. */
export class Histogram {
  readonly #counts = new Float64Array(bounds.length + 1)
  #sum = 0

  observe(seconds: number): void {
    let place = 0
    while (place < bounds.length && seconds > (bounds[place] as number)) place++
    this.#counts[place] = (this.#counts[place] as number) + 1
    this.#sum += seconds
  }

  /** Suffix of the name, label `le` if any, value: as Prometheus wants them. */
  *samples(): Generator<[suffix: string, bound: string | undefined, value: number]> {
    let count = 0
    for (const [place, bound] of bounds.entries()) {
      count += this.#counts[place] as number
      yield ['_bucket', String(bound), count]
    }
    count += this.#counts[bounds.length] as number
    yield ['_bucket', '+Inf', count]
    yield ['_sum', undefined, this.#sum]
    yield ['_count', undefined, count]
  }
}

export type Labels = Readonly<Record<string, string>>
export type Sample = readonly [labels: Labels, value: number | undefined]

/** Writes metrics as text. Source: the Prometheus text exposition format 0.0.4. */
export class PrometheusText {
  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8'
  readonly #lines: string[] = []

  /** Counters are named `..._total`. A sample without a value is left out, and a metric without samples too. */
  metric(name: string, help: string, samples: Iterable<Sample>): void {
    const known = [...samples].filter(
      (sample): sample is readonly [Labels, number] => sample[1] !== undefined,
    )
    if (known.length === 0) return
    this.#head(name, help, name.endsWith('_total') ? 'counter' : 'gauge')
    for (const [labels, value] of known) this.#sample(name, labels, value)
  }

  histogram(name: string, help: string, samples: Iterable<readonly [Labels, Histogram]>): void {
    const known = [...samples]
    if (known.length === 0) return
    this.#head(name, help, 'histogram')
    for (const [labels, histogram] of known)
      for (const [suffix, le, value] of histogram.samples())
        this.#sample(name + suffix, le === undefined ? labels : { ...labels, le }, value)
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }

  #head(name: string, help: string, type: string): void {
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`)
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
