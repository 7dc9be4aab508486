import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { exitCodes } from '../server/exit-code.ts'
import { command } from './shared/command.ts'
import { FileWatch } from './shared/file-watch.ts'
import { landscapeFile, shortPath } from './shared/landscape-file.ts'
import type { LoadedFile } from './shared/loaded-files.ts'
import type { Terminal } from './shared/terminal.ts'

export const devCommand = command({
  name: 'dev',
  parameters: '[LANDSCAPE]',
  summary: 'run a landscape, and start it again whenever one of its files changes',
  options: { data: { value: 'DIR', help: 'where to keep its data; or ISTHMUS_DATA' } },
  more: 'Takes the settings of isthmus start.',
  async run({ values, positionals, terminal }) {
    const file = landscapeFile(positionals[0] ?? '.')
    const args = [
      'start',
      file,
      ...(values.data ? ['--data', values.data] : []),
      ...(values.json ? ['--json'] : []),
    ]
    return new Development(args, file, terminal).run()
  },
})

/** One child process at a time runs the landscape; files are watched as it loads them. */
class Development {
  readonly #args: readonly string[]
  readonly #terminal: Terminal
  readonly #files = new FileWatch()
  #child: ChildProcess | undefined
  #stopping = false

  constructor(args: readonly string[], file: string, terminal: Terminal) {
    this.#args = args
    this.#terminal = terminal
    this.#files.add(file)
  }

  async run(): Promise<number> {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => {
        this.#stopping = true
        this.#files.close()
        this.#child?.kill('SIGTERM')
      })
    while (!this.#stopping) await this.#round()
    return exitCodes.ok
  }

  /** Runs until a file changes; after a failure waits for that. */
  async #round(): Promise<void> {
    const { dim, yellow } = this.#terminal.colour
    const child = this.#start()
    const ended = once(child, 'exit')
    const changed = this.#files.changed()
    const first = await Promise.race([ended.then(() => undefined), changed])
    if (this.#stopping) {
      await ended
      return
    }
    if (first === undefined) this.#terminal.line(yellow('Waiting for a change ...'))
    const file = await changed
    if (file === undefined) return
    this.#terminal.line(dim(`\n${shortPath(file)} changed`))
    child.kill('SIGTERM')
    if (child.exitCode === null && child.signalCode === null) await ended
  }

  #start(): ChildProcess {
    const program = process.argv[1] as string
    const env = { ISTHMUS_GRACE: '2s', ...process.env, ISTHMUS_DEV: '1' }
    // A group of its own: Ctrl-C is for us, who hand it on.
    const child = fork(program, [...this.#args], { env, detached: true })
    child.on('message', (message: LoadedFile) => this.#files.add(message.loaded))
    this.#child = child
    return child
  }
}
