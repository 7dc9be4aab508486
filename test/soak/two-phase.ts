import { join } from 'node:path'
import { mariadb } from '../../scripts/servers/mariadb.ts'
import { postgres } from '../../scripts/servers/postgres.ts'
import { startTestServers } from '../../scripts/test-servers.ts'
import { points } from '../recovery/two-phase-points.ts'

/** Transactions that stand at the point when a process dies. */
const enough = 20

/**
 * Kills processes amid two-phase commit, with either database first, until `transactions` stood at each point. Every
 * fifth one that had decided dies a second time, amid its recovery. Throws at the first outcome that is mixed, doubled
 * or left open.
 */
export async function soakTwoPhase(transactions: number, say: (line: string) => void): Promise<void> {
  const servers = await startTestServers(join(import.meta.dirname, '../..'), say, [postgres, mariadb])
  if (servers.missing.length > 0) throw new Error(servers.missing.join('; '))
  try {
    Object.assign(process.env, servers.env)
    // They read their addresses from the environment when they are loaded.
    const { products } = await import('../integration/sql-harness.ts')
    const { liveAndDie } = await import('../recovery/two-phase-lives.ts')
    const [first, , second] = products
    if (first === undefined || second === undefined) throw new Error('two servers are needed')
    for (const pair of [[first, second] as const, [second, first] as const])
      for (const point of points) {
        const killings = Array.from({ length: Math.ceil(transactions / enough) }, (_, n) => {
          const kill = { point, enough }
          return isDecided(point) && n % 5 === 0
            ? [kill, { point: 'first ended in recovery', enough: 1 } as const]
            : [kill]
        }).flat()
        const ms = await liveAndDie(pair, killings)
        const names = pair.map(({ name }) => name).join(', ')
        say(`${names}: survived ${killings.length} kills at "${point}"; the slowest recovery took ${ms} ms`)
      }
  } finally {
    await servers.stop()
  }
}

function isDecided(point: (typeof points)[number]): boolean {
  return point === 'decision written' || point === 'first committed'
}
