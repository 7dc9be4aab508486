import { writeSync } from 'node:fs'
import { IsthmusError } from '../../src/errors.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { messageOf, settlementOf } from './sqlite-traffic.ts'

/**
 * A process that is made to die or to fail: accepts and settles messages in the directory, several at a time, and
 * says on standard output what was acknowledged: `a 7` accepted, `s 7` settled, `x CODE` refused, `t` a turn of its
 * event loop, `r 40` so many messages read at the end. Ends by itself after `count` messages (`end`), or, when the store has failed, with exit
 * code 86 or, if `ending` is `kill`, without tidying up.
 */
const [directory = '', count = '50', atOnce = '3', first = '1', ending = 'exit'] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)

const ticks = setInterval(() => say('t'), 20)
const store = sqliteStore({ path: directory, ballastBytes: 4096 })
try {
  const { token } = await store.claim('victim')
  say('claimed')
  let next = Number(first)
  const last = next + Number(count) - 1
  const worker = async () => {
    while (next <= last) {
      const n = next++
      const [answer] = await store.accept([messageOf(n)])
      say(`a ${n}`)
      if (answer?.status !== 'accepted') continue
      await store.settle(settlementOf(n, answer.seqs[0] ?? 0, token))
      say(`s ${n}`)
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: Number(atOnce) }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  clearInterval(ticks)
  say(`r ${(await store.read.entries({ flow: 'orders', limit: 1_000_000 })).length}`)
  await store.close()
  say('end')
} catch (error) {
  say(`x ${error instanceof IsthmusError ? error.code : String(error)}`)
  // What was refused once must not be acknowledged later.
  const again = await Promise.allSettled([store.accept([messageOf(1_000_000)]), store.read.flows()])
  for (const each of again) say(each.status === 'fulfilled' ? 'answered' : `x ${codeOf(each.reason)}`)
  if (ending === 'kill') process.kill(process.pid, 'SIGKILL')
  process.exit(86)
}

function codeOf(error: unknown): string {
  return error instanceof IsthmusError ? error.code : String(error)
}
