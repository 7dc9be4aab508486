// A process that moves numbers until it dies at its point: `two-phase-victim.ts LIFE` with a life as JSON.
import { setTimeout as delay } from 'node:timers/promises'
import { startMoves } from './two-phase-flow.ts'
import type { Life, Recovery } from './two-phase-lives.ts'
import { CrashPoint } from './two-phase-points.ts'

/** Milliseconds in which something must have come to its end: how long all of it takes depends on the machine. */
const longestRest = 120_000

const life = JSON.parse(process.argv[2] ?? '') as Life
const inRecovery = life.point === 'first ended in recovery'
const crash = new CrashPoint(inRecovery ? life.point : undefined, life)
const began = performance.now()
const moves = await startMoves({
  ...life,
  store: store => crash.store(store),
  participant: (system, participant) => crash.participant(system, participant),
})
await rest()
const ms = Math.round(performance.now() - began)
const setbacks = moves.events.flatMap(event =>
  event.type === 'setback' ? [`attempt ${event.attempts}: ${event.code} ${event.reason}`] : [],
)
console.log(JSON.stringify({ ms, setbacks } satisfies Recovery))
if (!inRecovery) crash.point = life.point
await moves.accept(Array.from({ length: life.count }, (_, i) => life.first + i))
await rest()
await moves.stop()

/** Ends the process where nothing comes to its end any more. */
async function rest(): Promise<void> {
  let [before, since]: [string | undefined, number] = [undefined, performance.now()]
  for (;;) {
    const unrest = await moves.unrest()
    if (unrest === undefined) return
    if (unrest !== before) [before, since] = [unrest, performance.now()]
    if (performance.now() - since > longestRest) {
      console.error(`for ${longestRest} ms ${unrest}`)
      process.exit(3)
    }
    await delay(25)
  }
}
