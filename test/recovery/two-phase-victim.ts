// A process that moves numbers until it dies at its point: `two-phase-victim.ts LIFE` with a life as JSON.
import { setTimeout as delay } from 'node:timers/promises'
import { startMoves } from './two-phase-flow.ts'
import type { Life } from './two-phase-lives.ts'
import { CrashPoint } from './two-phase-points.ts'

/** Milliseconds in which what an earlier process left must have come to its end. */
const longest = 30_000

const life = JSON.parse(process.argv[2] ?? '') as Life
const inRecovery = life.point === 'first ended in recovery'
const crash = new CrashPoint(inRecovery ? life.point : undefined, life)
const began = performance.now()
const moves = await startMoves({
  ...life,
  store: store => crash.store(store),
  participant: (system, participant) => crash.participant(system, participant),
})
for (;;) {
  const unrest = await moves.unrest()
  if (unrest === undefined) break
  if (performance.now() - began > longest) {
    console.error(`after ${longest} ms ${unrest}`)
    process.exit(3)
  }
  await delay(25)
}
console.log(Math.round(performance.now() - began))
if (!inRecovery) crash.point = life.point
await moves.accept(Array.from({ length: life.count }, (_, i) => life.first + i))
while (await moves.unrest()) await delay(25)
await moves.stop()
