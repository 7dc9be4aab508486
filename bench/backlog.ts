import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { IsthmusError } from 'isthmus'
import { median, table } from './support/harness.ts'
import { parts, plantDirectory, startPlant } from './support/plant.ts'

// A million messages wait because the sink is down. Then the process is killed and started again: how long until the
// first effect, with how much memory; and is intake as fast as with an empty store?
const backlog = Number(process.env.BACKLOG ?? 1_000_000)
const probe = 20_000
/** The disk of a virtual machine stalls now and then: the median of so many probes counts. */
const probes = 5

if (process.argv[2] === 'restart') await restart(process.argv[3] as string)
else await measure()

async function measure(): Promise<void> {
  const directory = plantDirectory()
  try {
    const plant = await startPlant(directory.path, async items =>
      items.map(() => ({ ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'the sink is down') })),
    )
    await fill(plant.intake, 0, probe)
    const empty = await rate(plant.intake, probe)
    const begun = (probes + 1) * probe
    await fill(plant.intake, begun, backlog - begun)
    const full = await rate(plant.intake, backlog)
    const memoryBefore = process.memoryUsage.rss()
    const { seconds, megabytes } = await inNewProcess(directory.path, () => plant.stop())
    const row = {
      'waiting messages': backlog,
      'intake /s, empty store': empty,
      'intake /s, full store': full,
      ratio: full / empty,
      'restart to first effect s': seconds,
      'peak memory MB after restart': megabytes,
      'memory MB while filling': Math.round(memoryBefore / 2 ** 20),
    }
    console.log(process.argv.includes('--json') ? JSON.stringify(row) : table([row]))
  } finally {
    directory.remove()
  }
}

async function rate(intake: Parameters<typeof fill>[0], first: number): Promise<number> {
  const rates: number[] = []
  for (let n = 0; n < probes; n++) rates.push(await fill(intake, first + n * probe, probe))
  return median(rates)
}

async function fill(
  intake: Awaited<ReturnType<typeof startPlant>>['intake'],
  first: number,
  count: number,
): Promise<number> {
  const began = performance.now()
  const step = 250
  for (let n = first; n < first + count; n += step * 4)
    await Promise.all([0, 1, 2, 3].map(i => intake.accept(parts(n + i * step, step, m => `k${m % 100_000}`))))
  return count / ((performance.now() - began) / 1000)
}

async function inNewProcess(
  path: string,
  stop: () => Promise<void>,
): Promise<{ seconds: number; megabytes: number }> {
  await stop()
  const child = spawn(process.execPath, [process.argv[1] as string, 'restart', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  child.stdout.on('data', chunk => {
    printed += chunk
  })
  await once(child, 'exit')
  return JSON.parse(printed)
}

/** Prints seconds from the beginning of the process to the first effect, and its peak memory after 5 s of work. */
async function restart(path: string): Promise<void> {
  let first: number | undefined
  const plant = await startPlant(path, async items => {
    first ??= performance.now() / 1000
    return items.map(() => ({ ok: true }))
  })
  await new Promise(resolve => setTimeout(resolve, 5_000))
  const { maxRSS } = process.resourceUsage()
  console.log(JSON.stringify({ seconds: first, megabytes: Math.round(maxRSS / 1024) }))
  await plant.stop()
}
