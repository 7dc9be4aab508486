import { describe, it } from 'node:test'
import { products } from '../integration/sql-harness.ts'
import { liveAndDie } from './two-phase-lives.ts'
import { points } from './two-phase-points.ts'

const inRecovery = { point: 'first ended in recovery', enough: 1 } as const
/** As many as are under way at a time. A file has one prepared branch at most. */
const enough = { PostgreSQL: 12, MariaDB: 12, SQLite: 1 }
const pairs = [
  ['PostgreSQL', 'MariaDB'],
  ['MariaDB', 'PostgreSQL'],
  ['PostgreSQL', 'SQLite'],
  ['SQLite', 'MariaDB'],
  ['SQLite', 'SQLite'],
] as const

describe('kill -9 amid two-phase commit', { concurrency: 2 }, () => {
  for (const [a, b] of pairs) {
    const both = [a, b].map(name => products.find(product => product.name === name))
    const [first, second] = both as [(typeof products)[0], (typeof products)[0]]
    it(`${a} first, ${b} second: nothing half, nothing twice, nothing left`, {
      skip: first.skip || second.skip,
    }, async () => {
      const most = Math.min(enough[a], enough[b])
      const killings = points.map(point => ({ point, enough: most }))
      await liveAndDie([first, second], [...killings.slice(0, 4), inRecovery, ...killings.slice(4)])
    })
  }
})
