import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { postgres } from '../../scripts/servers/postgres.ts'

const shapes = [[], ['--with=postgres', '--workers=3'], ['--with=postgres,kafka', '--workers=3']]

/**
 * The factory under chaos in each of its shapes, for so many seconds. Whether it balanced in all of them. PostgreSQL is
 * that of ISTHMUS_POSTGRES, else a private one.
 */
export async function soakFactory(seconds: number): Promise<boolean> {
  const given = process.env.ISTHMUS_POSTGRES
  const server = given ? undefined : await postgres.start(line => console.log(line))
  const url = given || server?.url
  if (!url) throw new Error('There is no PostgreSQL on this machine; say where one is: ISTHMUS_POSTGRES.')
  const program = fileURLToPath(new URL('../../examples/factory/main.ts', import.meta.url))
  let balanced = true
  for (const shape of shapes) {
    console.log(`\nThe factory ${['with chaos', ...shape].join(' ')}`)
    const args = [program, ...shape, '--chaos', `--seconds=${seconds}`]
    const env = { ...process.env, ISTHMUS_POSTGRES: url }
    const [code] = await once(spawn(process.execPath, args, { env, stdio: 'inherit' }), 'exit')
    balanced &&= code === 0
  }
  await server?.stop()
  return balanced
}
