import { type Log, lineLog } from '../observe/log.ts'
import type { Redactor } from '../observe/redactor.ts'
import type { Environment } from './configuration.ts'

/** The log of this process on its standard output: lines for people, or with ISTHMUS_LOG=json for machines. */
export function processLog(environment: Environment, redactor: Redactor): Log {
  const { stdout } = process
  return lineLog({
    format: environment.ISTHMUS_LOG === 'json' ? 'json' : 'text',
    colour: stdout.isTTY === true && !environment.NO_COLOR,
    redactor,
    write: line => stdout.write(line),
  })
}
