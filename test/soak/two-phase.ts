import { join } from 'node:path'
import { mariadb } from '../../scripts/servers/mariadb.ts'
import { postgres } from '../../scripts/servers/postgres.ts'
import { startTestServers } from '../../scripts/test-servers.ts'
import { points } from '../recovery/two-phase-points.ts'

/** Milliseconds from which on it is told why a recovery took so long. */
const slow = 10_000
/** Transactions that stand at the point when a process dies. */
const enough = 20

export interface TwoPhaseSoak {
  readonly transactions: number
  /** The database that is first; either in its turn if absent. */
  readonly first?: string | undefined
  /** The only point at which processes die. */
  readonly point?: string | undefined
}

/**
 * Kills processes amid two-phase commit, with either database first, until `transactions` stood at each point. Every
 * fifth one that had decided dies a second time, amid its recovery. Throws at the first outcome that is mixed, doubled
 * or left open.
 */
export async function soakTwoPhase(chosen: TwoPhaseSoak, say: (line: string) => void): Promise<void> {
  const { transactions } = chosen
  const servers = await startTestServers(join(import.meta.dirname, '../..'), say, [postgres, mariadb])
  if (servers.missing.length > 0) throw new Error(servers.missing.join('; '))
  try {
    Object.assign(process.env, servers.env)
    // They read their addresses from the environment when they are loaded.
    const { products } = await import('../integration/sql-harness.ts')
    const { liveAndDie } = await import('../recovery/two-phase-lives.ts')
    const [first, , second] = products
    if (first === undefined || second === undefined) throw new Error('two servers are needed')
    const pairs = [[first, second] as const, [second, first] as const]
    for (const pair of pairs.filter(([{ name }]) => name === (chosen.first ?? name)))
      for (const point of points.filter(each => each === (chosen.point ?? each))) {
        const killings = Array.from({ length: Math.ceil(transactions / enough) }, (_, n) => {
          const kill = { point, enough }
          return isDecided(point) && n % 5 === 0
            ? [kill, { point: 'first ended in recovery', enough: 1 } as const]
            : [kill]
        }).flat()
        const { ms, setbacks } = await liveAndDie(pair, killings)
        const names = pair.map(({ name }) => name).join(', ')
        const kills = `${killings.length} kills, ${transactions} transactions stood at "${point}"`
        say(`${names}: survived ${kills}; the slowest recovery took ${ms} ms`)
        if (ms > slow) say(`  there ${setbacks.join('; ')}`)
      }
  } finally {
    await servers.stop()
  }
}

function isDecided(point: (typeof points)[number]): boolean {
  return point === 'decision written' || point === 'first committed'
}
