import { command } from './shared/command.ts'
import { dataBeside, loadLandscape } from './shared/landscape-file.ts'
import { watchLoading } from './shared/loaded-files.ts'

export const startCommand = command({
  name: 'start',
  parameters: '[LANDSCAPE]',
  summary: 'run a landscape, until Ctrl-C or SIGTERM',
  options: { data: { value: 'DIR', help: 'where to keep its data; or ISTHMUS_DATA' } },
  more: [
    'Settings are environment variables:',
    '  PORT, HOST            where messages are accepted: 8080 on 127.0.0.1 if not set',
    '  ISTHMUS_DATA          data directory: .isthmus/NAME beside the landscape file if not set',
    '  ISTHMUS_STORE         postgres:// URL of the store, ?schema=NAME to share it: SQLite in ISTHMUS_DATA if not set',
    '  ISTHMUS_CONTROL_HOST  and ISTHMUS_CONTROL_PORT: where it is operated, a free port on 127.0.0.1 if not set',
    '  ISTHMUS_TOKEN         token of the control API: made once and kept in control.json if not set',
    '  ISTHMUS_KEEP          how long finished messages are kept, such as 30d; or ISTHMUS_KEEP_BYTES',
    '  ISTHMUS_GRACE         how long a stop waits for what is under way: 25s if not set',
    '  ISTHMUS_LOG=json      one JSON object per line, as with --json',
  ].join('\n'),
  async run({ values, positionals, environment }) {
    watchLoading()
    const landscape = await loadLandscape(positionals[0])
    // Loaded here, since the other commands can do without servers.
    const { runInstance } = await import('../server/run-instance.ts')
    return runInstance(landscape, {
      ...environment,
      ISTHMUS_DATA: values.data || environment.ISTHMUS_DATA || dataBeside(landscape, positionals[0]),
      ...(values.json && { ISTHMUS_LOG: 'json' }),
    })
  },
})
