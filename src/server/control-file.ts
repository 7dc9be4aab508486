import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../errors.ts'

/** How the commands on this machine reach an instance: kept in its data directory, readable by its owner alone. */
export interface ControlFile {
  readonly token: string
  readonly landscape: string
  readonly store: 'sqlite' | 'postgres'
  /** There while it runs, or since it was killed. */
  readonly running?: RunningInstance | undefined
}

export interface RunningInstance {
  readonly url: string
  /** Given again by the control API's /healthz, so that the token is sent to nobody else. */
  readonly instance: string
  readonly pid: number
  /** With which the first owner is set; there while there is none. */
  readonly setUpCode?: string | undefined
}

export function controlPath(data: string): string {
  return join(data, 'control.json')
}

/** Undefined if there is none. */
export function readControlFile(data: string): ControlFile | undefined {
  const path = controlPath(data)
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new IsthmusError(
      'CONFIG-INVALID',
      `${path} cannot be read. Run this as the user who runs the instance.`,
      {
        cause: error,
      },
    )
  }
  try {
    return JSON.parse(text) as ControlFile
  } catch {
    throw new IsthmusError('CONFIG-INVALID', `${path} is damaged. Remove it and start the instance again.`)
  }
}

/** Complete or not at all, whenever this process ends. */
export function writeControlFile(data: string, content: ControlFile): void {
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const path = controlPath(data)
  const draft = `${path}.${process.pid}`
  writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

export function newToken(): string {
  return randomBytes(24).toString('base64url')
}
