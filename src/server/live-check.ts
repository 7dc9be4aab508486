import { IsthmusError, reasonOf } from '../errors.ts'
import type { Landscape } from '../flow/landscape.ts'
import { usedChannels, votingSystems } from '../flow/own-systems.ts'
import type { LandscapeProblem } from '../flow/problem.ts'
import { Redactor } from '../observe/redactor.ts'
import type { Connection } from '../system/connector.ts'
import type { System } from '../system/system.ts'
import { connectBriefly } from './brief-connection.ts'
import type { Environment } from './configuration.ts'
import { guardLandscape } from './connector-guard.ts'

/** A system that has not answered after so many milliseconds does not. */
const patience = 15_000

/**
 * Connects every system, one beside the other, and says what keeps it from working: that it cannot be reached, or that
 * a database cannot vote in the transactions in which it takes part. Nothing is changed there.
 */
export async function checkLive(landscape: Landscape, environment: Environment): Promise<LandscapeProblem[]> {
  const redactor = new Redactor()
  const voting = votingSystems(usedChannels(landscape.flows, landscape.sagas))
  const { systems } = guardLandscape(landscape, redactor)
  const found = await Promise.all(
    systems.map(system => checkSystem(system, voting.includes(system.name), environment, redactor)),
  )
  return found.flat().map(problem => redactor.data(problem) as LandscapeProblem)
}

async function checkSystem(
  system: System,
  votes: boolean,
  environment: Environment,
  redactor: Redactor,
): Promise<LandscapeProblem[]> {
  const over = AbortSignal.timeout(patience)
  const connecting = connectBriefly(system, environment, redactor)
  try {
    const connection = await within(connecting, over)
    await within(connection.check(), over)
    return votes ? (await within(unfit(connection), over)).map(reason => unfitProblem(system, reason)) : []
  } catch (error) {
    return [unreachableProblem(system, error)]
  } finally {
    // One that hangs is left behind: the command ends.
    void connecting.then(connection => connection.close()).catch(() => {})
  }
}

async function unfit(connection: Connection): Promise<readonly string[]> {
  const participant = connection.participant?.()
  return participant ? participant.unfit() : ['it has no part in two-phase commit']
}

async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = () => reject(new IsthmusError('TARGET-UNAVAILABLE', `no answer within ${patience / 1000} s`))
  if (signal.aborted) late()
  signal.addEventListener('abort', late, { once: true })
  try {
    return await Promise.race([work, promise])
  } finally {
    signal.removeEventListener('abort', late)
  }
}

function unreachableProblem(system: System, error: unknown): LandscapeProblem {
  const code = error instanceof IsthmusError ? `${error.code} ` : ''
  return {
    where: `system ${system.name}`,
    at: undefined,
    reason: `it does not work: ${code}${reasonOf(error)}`,
    remedy: 'Check its settings, and that it can be reached from here.',
    level: 'error',
  }
}

function unfitProblem(system: System, reason: string): LandscapeProblem {
  return {
    where: `system ${system.name}`,
    at: undefined,
    reason: `it cannot take part in transactions: ${reason}`,
    remedy: 'Set the database up so that it can, or use a saga.',
    level: 'error',
  }
}
