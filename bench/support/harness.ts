/** One way of doing the work: does one share of it and gives how much that was. */
export interface Contender {
  readonly name: string
  run(): Promise<number> | number
  /** What comes before and after, and does not count. */
  before?(): Promise<void>
  after?(): Promise<void>
}

export interface Measured {
  readonly name: string
  /** Work per second: the median of the rounds, and the lowest and highest of them. */
  readonly perSecond: number
  readonly range: readonly [number, number]
  /** Work per second in each round. */
  readonly rates: readonly number[]
  /** Processor time of this process per unit of work, in microseconds; median. */
  readonly cpuMicroseconds: number
}

/** Times that each contender works before it counts, so that its code is compiled. */
export const warmUps = 2

/** Lets contenders take turns, each in every round and after another one, and gives the median of what each did. */
export async function rounds(contenders: readonly Contender[], count: number): Promise<Measured[]> {
  const rates = new Map<Contender, { readonly rate: number; readonly cpu: number }[]>()
  for (let round = 0; round < warmUps; round++) for (const contender of contenders) await measure(contender)
  for (let round = 0; round < count; round++) {
    const shift = round % contenders.length
    for (const contender of [...contenders.slice(shift), ...contenders.slice(0, shift)]) {
      rates.set(contender, [...(rates.get(contender) ?? []), await measure(contender)])
    }
  }
  return contenders.map(contender => {
    const all = rates.get(contender) ?? []
    const rate = all.map(each => each.rate)
    const cpuMicroseconds = median(all.map(each => each.cpu))
    const range = [Math.min(...rate), Math.max(...rate)] as const
    return { name: contender.name, perSecond: median(rate), range, rates: rate, cpuMicroseconds }
  })
}

async function measure(contender: Contender): Promise<{ rate: number; cpu: number }> {
  await contender.before?.()
  const cpu = process.cpuUsage()
  const start = performance.now()
  const done = await contender.run()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpu)
  await contender.after?.()
  return { rate: done / seconds, cpu: (user + system) / done }
}

/**
 * How many times as fast one is as another: the median over the rounds, in each of which the two ran one shortly after
 * the other, so that a neighbour who slows both down does not count.
 */
export function ratio(one: Measured, other: Measured): number {
  return median(one.rates.map((rate, round) => rate / (other.rates[round] ?? Number.NaN)))
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Rows as aligned text; the names of the first row are the heading. Numbers stand at the right. */
export function table(rows: readonly Readonly<Record<string, string | number>>[]): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map(row => names.map(name => shown(row[name])))
  const widths = names.map((name, column) =>
    Math.max(name.length, ...cells.map(row => row[column]?.length ?? 0)),
  )
  const numeric = names.map(name => rows.every(row => typeof row[name] === 'number'))
  const line = (row: readonly string[]) =>
    row
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
  return [names, ...cells].map(row => line(row).trimEnd()).join('\n')
}

function shown(value: string | number | undefined): string {
  if (typeof value !== 'number') return value ?? ''
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2)
}
