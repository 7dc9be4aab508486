import { IsthmusError } from '../errors.ts'
import { checkLandscape } from '../flow/check.ts'
import type { Landscape } from '../flow/landscape.ts'
import { checkAlerts } from '../observe/alerts/check-alerts.ts'

/** Throws FLOW-DEFINITION with everything that keeps a landscape from running. */
export function requireSound(landscape: Landscape): void {
  const problems = [...checkLandscape(landscape), ...checkAlerts(landscape)].filter(
    ({ level }) => level === 'error',
  )
  const [first] = problems
  if (!first) return
  const lines = problems.map(
    ({ at, where, reason, remedy }) => `${at ?? landscape.name}: ${where}: ${reason}. ${remedy}`,
  )
  throw new IsthmusError('FLOW-DEFINITION', lines.join('\n'))
}
