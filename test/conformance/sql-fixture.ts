import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import type { TestDatabase } from '../integration/sql-harness.ts'
import { startSqlProxy } from '../integration/sql-proxy.ts'

export const Row = model('Row', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), text: Type.String() }),
})

/** Ways to make a database unreachable: a proxy before a server, a lock on a file. `marker` is in each call. */
export async function troubled(database: TestDatabase, marker: string) {
  if (database.product !== 'SQLite') {
    const proxy = await startSqlProxy(database.url)
    return {
      url: proxy.url,
      down: async () => proxy.set('down'),
      up: async () => proxy.set('open'),
      stall: async () => proxy.set('silent'),
      resume: async () => proxy.set('open'),
      loseAnswer: async () => proxy.loseAnswer(marker),
      cutAnswer: async () => proxy.cutAnswer(marker),
      disconnect: async () => proxy.cut(),
      destroy: () => proxy.close(),
    }
  }
  await database.run('pragma journal_mode = delete')
  let holder: Awaited<ReturnType<TestDatabase['session']>> | undefined
  const lock = async () => {
    holder = await database.session()
    await holder.run('begin exclusive')
  }
  const unlock = async () => {
    await holder?.end()
    holder = undefined
  }
  const none = { disconnect: undefined, destroy: async () => {} }
  return { url: database.url, down: lock, up: unlock, stall: lock, resume: unlock, ...none }
}
