import { env as ourEnvironment, platform } from 'node:process'
import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { RequesterChannel, SinkChannel } from '../../system/channel.ts'
import type { ConnectContext, Connection, Connector } from '../../system/connector.ts'
import { parseDuration } from '../../system/duration.ts'
import type { Requester, Sink } from '../../system/roles.ts'
import { describeSetting } from '../../system/setting.ts'
import { Calls } from './calls.ts'
import { ownChannels, type ProgramChannels, programChannels } from './channels.ts'
import {
  defaultBatch,
  defaultBatchTimeout,
  defaultLineLimit,
  defaultStartTimeout,
  defaultWorkers,
  type ProgramOptions,
} from './config.ts'
import { programNames } from './names.ts'
import { Pool } from './pool.ts'
import type { WorkerOptions } from './worker.ts'

/** A program of one's own as a system: it runs beside us, reads JSON lines and writes JSON lines. */
export function program(options: ProgramOptions): Connector<ProgramChannels> {
  checkOptionNames('program()', options, programNames)
  const { command, workers = defaultWorkers, memory } = options
  if (!Array.isArray(command) || command.length === 0) refuse('needs a command')
  if (!Number.isInteger(workers) || workers < 1) refuse(`has ${workers} workers; it is a number from 1 on`)
  if (memory !== undefined && !(memory > 0)) refuse(`has the memory ${memory}; it is a number of bytes`)
  for (const timeout of [options.startTimeout, options.batchTimeout])
    if (timeout !== undefined) parseDuration(timeout)
  return {
    name: 'process',
    summary: Object.freeze({ command: command.map(describeSetting).join(' '), workers }),
    channels: programChannels,
    connect: async context => connect(options, context),
  }
}

/** Starts the program, so that one that cannot run is known at once. */
async function connect(options: ProgramOptions, context: ConnectContext): Promise<Connection> {
  const { workers = defaultWorkers } = options
  const pool = new Pool(workerOptions(options, context), workers)
  const check = () => pool.lend(async () => {})
  await check()
  const calls = (channel: SinkChannel<unknown> | RequesterChannel<unknown, unknown>) => {
    const play = ownChannels.optionsOf(channel, context.system)
    return { calls: new Calls(channel, play, pool), batch: play.batch ?? defaultBatch }
  }
  return {
    sink(channel): Sink {
      const { calls: own, batch } = calls(channel)
      const write: Sink['write'] = async (items, signal) =>
        (await own.call(items, signal)).map(answer => (answer.ok ? { ok: true } : answer))
      return { batch, concurrency: workers, write }
    },
    requester(channel): Requester {
      const { calls: own, batch } = calls(channel)
      return { batch, concurrency: workers, ask: (items, signal) => own.call(items, signal) }
    },
    check,
    close: () => pool.close(),
  }
}

function workerOptions(options: ProgramOptions, context: ConnectContext): WorkerOptions {
  const { command, folder, environment = {}, memory } = options
  if (memory !== undefined && platform !== 'linux') {
    const text = `System ${context.system}: the memory of a program can be bounded on Linux only. Leave "memory" out.`
    throw new IsthmusError('CONFIG-INVALID', text)
  }
  const given = Object.entries(environment).map(([name, value]) => [name, context.resolve(value)])
  const [program, ...args] = command
  return {
    command: [context.resolve(program), ...args.map(each => context.resolve(each))],
    folder: folder === undefined ? undefined : context.resolve(folder),
    environment: { ...passedOn(), ...Object.fromEntries(given) },
    startTimeout: parseDuration(options.startTimeout ?? defaultStartTimeout),
    batchTimeout: parseDuration(options.batchTimeout ?? defaultBatchTimeout),
    memory,
    lineLimit: options.lineLimit ?? defaultLineLimit,
    log: context.log,
  }
}

function passedOn(): Record<string, string> {
  const names = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'SystemRoot']
  return Object.fromEntries(
    names.flatMap(name => (ourEnvironment[name] === undefined ? [] : [[name, ourEnvironment[name]]])),
  )
}

function refuse(text: string): never {
  throw new IsthmusError('FLOW-DEFINITION', `program() ${text}.`)
}
