import { relative } from 'node:path'
import pc from 'picocolors'
import { realHost } from '../engine/host.ts'
import { IsthmusError } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { Redactor } from '../observe/redactor.ts'
import { parseDuration } from '../system/duration.ts'
import type { Environment } from './configuration.ts'
import { controlPath } from './control-file.ts'
import { exitCodes } from './exit-code.ts'
import { type Instance, type InstanceOptions, startInstance } from './instance.ts'
import { handleUncaught } from './last-resort.ts'
import { describeStore } from './open-store.ts'
import { processLog } from './process-log.ts'
import { version } from './version.ts'
import { tellWorker } from './workers/tell-worker.ts'
import { Workers, type WorkersOptions } from './workers/workers.ts'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

/** Workers that are started beside this process: how many, of which file, and by what. */
export type WorkersWanted = Omit<WorkersOptions, 'environment' | 'log' | 'clock'>

/**
 * Runs a landscape as this process, until a signal ends it: the first lets what is running end, for at most 25 s
 * (ISTHMUS_GRACE), the second hurries, the third does not wait. Resolves with the exit code.
 */
export async function runInstance(
  landscape: Landscape,
  environment: Environment,
  wanted?: WorkersWanted,
): Promise<number> {
  const redactor = new Redactor()
  const log = processLog(environment, redactor)
  handleUncaught(log, redactor)
  const grace = graceOf(environment)
  const stopped = Promise.withResolvers<number>()
  const workers = wanted && new Workers({ ...wanted, environment, log, clock: realHost() })
  let instance: Instance | undefined
  let received = 0
  const onSignal = (signal: string) => {
    // Before it runs there is nothing to end; what an earlier process left is recovered at the next start.
    if (!instance) process.exit(exitCodes.ok)
    if (++received > 2) process.exit(exitCodes.failed)
    if (received === 1) {
      const text = `${signal}: finishing what is under way, for at most ${grace / 1000} s; again to hurry`
      log({ level: 'info', event: 'stopping', text, fields: { signal } })
    }
    const rest = received === 1 ? grace : 0
    const ended = Promise.all([instance.stop(rest), workers?.stop(rest)])
    ended.then(() => stopped.resolve(exitCodes.ok), stopped.reject)
  }
  for (const signal of signals) process.on(signal, onSignal)

  const options = { landscape, redactor, log }
  if (workers) {
    const role = { ...environment, ISTHMUS_ROLE: 'intake,scheduler' }
    const share: InstanceOptions['share'] = (...of) => workers.share(...of)
    instance = await startInstance({ ...options, environment: role, share })
    workers.start(instance.configuration)
  } else instance = await startInstance({ ...options, environment })
  if (environment.ISTHMUS_WORKER) tellWorker(instance, log)
  else announce(instance, environment, log)
  const code = await stopped.promise
  log({ level: 'info', event: 'stopped', text: 'everything is recorded' })
  return code
}

function graceOf({ ISTHMUS_GRACE: text = '25s' }: Environment): number {
  try {
    return parseDuration(text)
  } catch {
    throw new IsthmusError('CONFIG-INVALID', `ISTHMUS_GRACE is a time such as 25s, not "${text}".`)
  }
}

/** Where everything is to be found, for people or, as a line of the log, for machines. */
function announce(instance: Instance, environment: Environment, log: ReturnType<typeof processLog>): void {
  const { landscape, configuration, url, control, people } = instance
  // Whoever reads this where the instance runs may become its owner.
  const setUp = people.accounts.hasOwner ? undefined : people.setUpCode
  const { data, storeUrl, intake } = configuration
  const size = `${plural(landscape.flows.length, 'flow')}, ${plural(landscape.systems.length, 'system')}`
  if (environment.ISTHMUS_LOG === 'json') {
    const fields = {
      landscape: landscape.name,
      version,
      intake: url,
      control: control.url,
      data,
      pid: process.pid,
    }
    log({ level: 'info', event: 'started', text: `${landscape.name}: ${size}`, fields })
    if (setUp !== undefined)
      log({ level: 'info', event: 'setup', text: `no owner yet: set one with the code ${setUp}` })
    return
  }
  const { bold, dim, cyan } = pc.createColors(process.stdout.isTTY === true && !environment.NO_COLOR)
  const isLocal = /^(127\.|::1$|localhost$)/.test(intake.host)
  const reach = isLocal ? 'from this machine only; HOST=0.0.0.0 opens it' : 'from other machines too'
  const short = (path: string) => (relative('.', path).startsWith('..') ? path : relative('.', path))
  const lines = [
    `${bold('isthmus')} ${version} runs ${bold(landscape.name)}: ${size}`,
    `  messages   ${cyan(url)}  ${dim(reach)}`,
    `  operation  ${cyan(control.url)}  ${dim(`token in ${short(controlPath(data))}`)}`,
    `  store      ${storeUrl === undefined ? short(data) : describeStore(configuration)}`,
  ]
  if (setUp !== undefined)
    lines.push(`  owner      none yet  ${dim('set one in the console with the code')} ${bold(setUp)}`)
  process.stdout.write(`${lines.join('\n')}\n`)
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
