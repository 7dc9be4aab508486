import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { directusVariable, installedDirectus, startDirectus } from '../../scripts/servers/directus.ts'
import { postgres } from '../../scripts/servers/postgres.ts'
import type { StartedServer } from '../../scripts/servers/server.ts'

const root = join(import.meta.dirname, '../..')

/** Runs the tests of `rest` and `graphql` against Directus, which is installed first where it is not yet. False if one fails. */
export async function testAgainstDirectus(say: (line: string) => void): Promise<boolean> {
  const begin = performance.now()
  const tell = (what: string) => say(`${what} after ${Math.round((performance.now() - begin) / 1000)} s`)
  if (process.env[directusVariable]) return testFiles({})
  const installed = await installedDirectus(say)
  tell('installed')
  const started: StartedServer[] = []
  try {
    const database = process.env[postgres.variable] ?? (await startPostgres(started, say))
    const directus = await startDirectus(installed, database, say)
    started.push(directus)
    tell('started')
    return await testFiles({ [directusVariable]: directus.url })
  } finally {
    for (const server of started.reverse()) await server.stop()
  }
}

async function startPostgres(started: StartedServer[], say: (line: string) => void): Promise<string> {
  const server = await postgres.start(say)
  if (!server)
    throw new Error('Directus needs a PostgreSQL: install it, or set ISTHMUS_TEST_POSTGRES to its URL')
  started.push(server)
  return server.url
}

async function testFiles(env: NodeJS.ProcessEnv): Promise<boolean> {
  const files = globSync('test/integration/directus-*.test.ts', { cwd: root }).sort()
  const child = spawn(process.execPath, ['--test', '--test-concurrency=1', ...files], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return code === 0
}
