import { extname } from 'node:path'
import { IsthmusError } from '../errors.ts'
import type { WorkersWanted } from '../server/run-instance.ts'
import { endWithStarter } from '../server/workers/worker-process.ts'
import { command } from './shared/command.ts'
import { dataBeside, landscapeFile, loadLandscape } from './shared/landscape-file.ts'
import { watchLoading } from './shared/loaded-files.ts'

export const startCommand = command({
  name: 'start',
  parameters: '[LANDSCAPE]',
  summary: 'run a landscape, until Ctrl-C or SIGTERM',
  options: {
    data: { value: 'DIR', help: 'where to keep its data; or ISTHMUS_DATA' },
    workers: {
      value: 'N',
      help: 'beside it, start N workers: threads, or processes where the store is PostgreSQL',
    },
    role: {
      value: 'ROLE',
      help: 'all, intake, worker or scheduler: what it does where several share a store',
    },
  },
  more: [
    'Settings are environment variables:',
    '  PORT, HOST            where messages are accepted: 8080 on 127.0.0.1 if not set',
    '  ISTHMUS_DATA          data directory: .isthmus/NAME beside the landscape file if not set',
    '  ISTHMUS_STORE         postgres:// URL of the store, ?schema=NAME to share it: SQLite in ISTHMUS_DATA if not set',
    '  ISTHMUS_TRANSPORT     kafka://HOST:PORT,... carries what is accepted to the workers: see docs/transport-kafka.md',
    '  ISTHMUS_CONTROL_HOST  and ISTHMUS_CONTROL_PORT: where it is operated, 8090 on 127.0.0.1 (or a free port) if not set',
    '  ISTHMUS_TOKEN         token of the control API: made once and kept in control.json if not set',
    '  ISTHMUS_KEEP          how long finished messages are kept, such as 30d; or ISTHMUS_KEEP_BYTES',
    '  ISTHMUS_GRACE         how long a stop waits for what is under way: 25s if not set',
    '  ISTHMUS_PARTITIONS    in how many shares a new store divides the keys among workers: 16 with --workers if not set',
    '  ISTHMUS_LOG=json      one JSON object per line, as with --json',
  ].join('\n'),
  async run({ values, positionals, environment }) {
    watchLoading()
    const landscape = await loadLandscape(positionals[0])
    // Loaded here, since the other commands can do without servers.
    const { runInstance } = await import('../server/run-instance.ts')
    endWithStarter(environment)
    const settings = {
      ...environment,
      ...(values.role && { ISTHMUS_ROLE: values.role }),
      ISTHMUS_DATA: values.data || environment.ISTHMUS_DATA || dataBeside(landscape, positionals[0]),
      ...(values.json && { ISTHMUS_LOG: 'json' }),
    }
    return runInstance(landscape, settings, workersOf(values, positionals[0]))
  },
})

function workersOf(
  { workers, role }: { readonly workers?: string; readonly role?: string },
  path = '.',
): WorkersWanted | undefined {
  if (workers === undefined) return undefined
  const count = Number(workers)
  if (!/^[1-9]\d{0,2}$/.test(workers))
    throw new IsthmusError('CLI-USAGE', `--workers is a number of workers, such as 4, not "${workers}".`)
  if (role)
    throw new IsthmusError('CLI-USAGE', '--role says what one process does: it does not go with --workers.')
  // The same ending as this file's: .ts in the repository, .js in the package.
  const thread = new URL(`./worker-thread${extname(import.meta.url)}`, import.meta.url)
  return { count, landscape: landscapeFile(path), thread, program: process.argv[1] as string }
}
