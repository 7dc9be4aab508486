import { IsthmusError } from 'isthmus'
import { median, table } from './support/harness.ts'
import { parts, plantDirectory, startPlant } from './support/plant.ts'

// One key fails for ever, and a tenth of all messages are its own. What the other keys still get through is compared
// with the same traffic in which nothing fails.
const count = 20_000
const roundsEach = 5

const rates: { healthy: number[]; failing: number[] } = { healthy: [], failing: [] }
for (let round = 0; round <= roundsEach; round++)
  for (const way of round % 2 ? (['healthy', 'failing'] as const) : (['failing', 'healthy'] as const)) {
    const rate = await throughput(way === 'failing')
    if (round > 0) rates[way].push(rate)
  }
const row = {
  'others /s, healthy': median(rates.healthy),
  'others /s, one key failing': median(rates.failing),
  ratio: median(rates.failing) / median(rates.healthy),
}
console.log(process.argv.includes('--json') ? JSON.stringify(row) : table([row]))

/** Messages of other keys per second from the first acceptance to the last effect. */
async function throughput(failing: boolean): Promise<number> {
  const directory = plantDirectory()
  let others = 0
  const plant = await startPlant(directory.path, async items => {
    await new Promise(resolve => setImmediate(resolve))
    return items.map(({ key }) => {
      if (key !== 'bad') others++
      if (key !== 'bad' || !failing) return { ok: true }
      return { ok: false, error: new IsthmusError('TARGET-UNAVAILABLE', 'this key fails for ever') }
    })
  })
  const wanted = parts(0, count, n => (n % 10 === 0 ? 'bad' : `k${n % 5000}`))
  const began = performance.now()
  for (let n = 0; n < count; n += 250) await plant.intake.accept(wanted.slice(n, n + 250))
  while (others < count * 0.9) await new Promise(resolve => setTimeout(resolve, 1))
  const rate = others / ((performance.now() - began) / 1000)
  await plant.stop()
  directory.remove()
  return rate
}
