// What `npm start` runs: the factory, until Ctrl-C, and then the proof.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { chaos } from './chaos.ts'
import { Observer } from './observer.ts'
import { Plant } from './plant.ts'
import { prove } from './proof.ts'
import { line, proofLines, screen } from './summary.ts'

const usage = 'npm start -- [--chaos] [--rate EVENTS_PER_SECOND] [--seconds N] [--data DIR] [--seed N]'
const options = readOptions()
/** How long nothing may move, milliseconds, before waiting for the rest is given up. */
const patience = 120_000

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Once: stop and prove. Twice: leave at once; the programs end with us.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  })
}

const data = resolve(options.data ?? mkdtempSync(join(tmpdir(), 'isthmus-factory-')))
mkdirSync(data, { recursive: true })
console.log(`Starting the ERP, Isthmus and the MES. Their data and logs are in ${data}`)
try {
  const { rate, seed } = options
  const plant = await Plant.start(data, { rate, seed })
  const balanced = await Promise.race([produceAndProve(plant), plant.lost])
  await plant.stop()
  if (balanced && options.data === undefined) rmSync(data, { recursive: true })
  process.exit(balanced ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

async function produceAndProve(plant: Plant): Promise<boolean> {
  await produce(plant)
  await drain(plant)
  const events = await plant.sentEvents()
  const proof = prove(events, await plant.erpTruth(), await plant.parkedEvents())
  const { lines, balanced } = proofLines(proof, await plant.balance())
  console.log(`\n${lines.join('\n')}`)
  return balanced
}

/** Until Ctrl-C or the end of --seconds. */
async function produce(plant: Plant): Promise<void> {
  const timer = setTimeout(() => stopping.abort(), Math.min(1000 * options.seconds, 2 ** 31 - 1))
  const observer = new Observer(plant)
  const trouble = options.chaos ? chaos(plant, observer.onTrouble, stopping.signal) : undefined
  // It ends early only by failing, which is told below.
  trouble?.catch(() => stopping.abort())
  const { isTTY = false, columns = 120 } = process.stdout
  while (!stopping.signal.aborted) {
    const now = await observer.look()
    console.log(isTTY ? `\x1b[2J\x1b[H${screen(now, links(plant), columns)}` : line(now))
    await delay(isTTY ? 1000 : 5000, undefined, { signal: stopping.signal }).catch(() => {})
  }
  clearTimeout(timer)
  await trouble
}

/** Until everything that was sent has arrived and ended, or nothing has moved for a long time. */
async function drain(plant: Plant): Promise<void> {
  await plant.stopTraffic()
  let last = ''
  for (let moved = performance.now(); performance.now() - moved < patience; await delay(500)) {
    const { unsent } = await plant.traffic()
    const inFlight = (await plant.balance()).flows.reduce(
      (sum, flow) => sum + flow.inFlight - flow.inDoubt,
      0,
    )
    if (unsent + inFlight === 0) return
    const left = `Draining: ${unsent} events to be sent, ${inFlight} messages in flight ...`
    if (left === last) continue
    console.log(left)
    last = left
    moved = performance.now()
  }
}

function links(plant: Plant): [string, string][] {
  return [
    ['Commands', `npx isthmus status --data ${join(plant.data, 'isthmus')}   (or: parked list, trace KEY)`],
    ['Control API', `${plant.url('control')}/api/v1/openapi.json   (token: ${plant.token})`],
    ['Metrics', `${plant.url('control')}/metrics   (the same token)`],
    ['MES', `${plant.url('mes')}/consumptions`],
    ['ERP', `${plant.url('erp')}/truth`],
    ['Logs', plant.data],
  ]
}

function readOptions() {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      options: { chaos: { type: 'boolean' }, rate: text, seconds: text, data: text, seed: text },
    })
    return {
      chaos: values.chaos === true,
      rate: number('rate', values.rate ?? '20'),
      seconds: number('seconds', values.seconds ?? 'Infinity'),
      data: values.data,
      seed: number('seed', values.seed ?? '1'),
    }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: ${usage}`)
    process.exit(2)
  }
}

function number(option: string, text: string): number {
  const value = Number(text)
  if (value >= 0) return value
  throw new Error(`--${option} is a number from 0 on, not "${text}".`)
}
