import { type MetricName, metricCatalogue } from './metric-catalogue.ts'

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

  /** How many there were of each bucket. */
  get counts(): Float64Array {
    return this.#counts.slice()
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

/** Below which value so great a share of counted durations lies, in seconds; within a bucket they are taken as evenly spread. */
export function quantile(counts: Float64Array, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  let below = 0
  for (const [place, count] of counts.entries()) {
    const [low, high] = [bounds[place - 1] ?? 0, bounds[place] ?? bounds[bounds.length - 1] ?? 0]
    if (count > 0 && below + count >= share * total)
      return low + (Math.max(0, high - low) * (share * total - below)) / count
    below += count
  }
  return bounds.at(-1)
}

export type Labels = Readonly<Record<string, string>>
export type Sample = readonly [labels: Labels, value: number | undefined]

/** Takes what is measured: to be written down, or to be looked at. */
export interface MetricSink {
  /** A sample without a value is left out, and a metric without samples too. */
  metric(name: MetricName, samples: Iterable<Sample>): void
  histogram(name: MetricName, samples: Iterable<readonly [Labels, Histogram]>): void
}

/** Writes metrics as text. Source: the Prometheus text exposition format 0.0.4. */
export class PrometheusText implements MetricSink {
  static readonly contentType = 'text/plain; version=0.0.4; charset=utf-8'
  readonly #lines: string[] = []

  metric(name: MetricName, samples: Iterable<Sample>): void {
    const known = [...samples].filter(
      (sample): sample is readonly [Labels, number] => sample[1] !== undefined,
    )
    if (known.length === 0) return
    this.#head(name)
    for (const [labels, value] of known) this.#sample(name, labels, value)
  }

  histogram(name: MetricName, samples: Iterable<readonly [Labels, Histogram]>): void {
    const known = [...samples]
    if (known.length === 0) return
    this.#head(name)
    for (const [labels, histogram] of known)
      for (const [suffix, le, value] of histogram.samples())
        this.#sample(name + suffix, le === undefined ? labels : { ...labels, le }, value)
  }

  toString(): string {
    return `${this.#lines.join('\n')}\n`
  }

  #head(name: MetricName): void {
    const { help, kind } = metricCatalogue[name]
    this.#lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`)
  }

  #sample(name: string, labels: Labels, value: number): void {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
    this.#lines.push(`${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}`)
  }
}

/** Keeps what is measured, by name: of a histogram `_count`, `_sum`, and `_bucket` with its label `le`. */
export class MetricReading implements MetricSink {
  readonly samples = new Map<string, Sample[]>()

  metric(name: MetricName, samples: Iterable<Sample>): void {
    this.samples.set(name, [...samples])
  }

  histogram(name: MetricName, samples: Iterable<readonly [Labels, Histogram]>): void {
    for (const [labels, histogram] of samples)
      for (const [suffix, le, value] of histogram.samples()) {
        const known = this.samples.get(name + suffix) ?? []
        known.push([le === undefined ? labels : { ...labels, le }, value])
        this.samples.set(name + suffix, known)
      }
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
