import type { Tracing } from '../src/engine/tracing.ts'
import { SpanQueue } from '../src/observe/tracing/span-queue.ts'
import { Tracer } from '../src/observe/tracing/tracer.ts'
import { median, table } from './support/harness.ts'
import { parts, plantDirectory, startPlant } from './support/plant.ts'

// Messages from a source through one flow into a sink, over an SQLite store: how many a second when nobody follows them,
// when they bring a context that is passed on, when one in a hundred is followed, and when all are.
const count = Number(process.env.COUNT ?? 4_000)
const rounds = 5

const traced = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
const tracer = (sampler: (traceId: string) => boolean): Tracing => {
  const queue = new SpanQueue({ size: 2048, batch: 512, delay: 5000 }, async () => {})
  return new Tracer(sampler, span => queue.add(span))
}

const ways = {
  off: {},
  'off, with a context': { headers: traced },
  'one in a hundred': { tracing: tracer(traceId => Number.parseInt(traceId.slice(-2), 16) < 3) },
  all: { tracing: tracer(() => true) },
} as const satisfies Record<string, { headers?: Record<string, string>; tracing?: Tracing }>

const rates = new Map<string, number[]>(Object.keys(ways).map(way => [way, []]))
for (let round = 0; round < rounds; round++)
  for (const [way, options] of Object.entries(ways)) rates.get(way)?.push(await run(options))

const off = median(rates.get('off') as number[])
const rows = [...rates].map(([way, measured]) => {
  return { followed: way, 'messages /s': Math.round(median(measured)), ratio: median(measured) / off }
})
console.log(process.argv.includes('--json') ? JSON.stringify(rows) : table(rows))

async function run(options: { headers?: Record<string, string>; tracing?: Tracing }): Promise<number> {
  const { headers, tracing } = options
  const directory = plantDirectory()
  let ended = 0
  const done = Promise.withResolvers<void>()
  const plant = await startPlant(
    directory.path,
    async items => {
      ended += items.length
      if (ended === count) done.resolve()
      return items.map(() => ({ ok: true }))
    },
    tracing,
  )
  const began = performance.now()
  const step = 250
  for (let n = 0; n < count; n += step)
    await plant.intake.accept(
      parts(n, step, m => `k${m}`).map(part => (headers ? { ...part, headers } : part)),
    )
  await done.promise
  const rate = count / ((performance.now() - began) / 1000)
  await plant.stop()
  directory.remove()
  return rate
}
