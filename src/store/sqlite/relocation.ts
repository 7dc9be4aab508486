import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { IsthmusError } from '../../errors.ts'
import type { Mark } from '../copy/ends.ts'
import { storeMoved } from '../copy/store-moved.ts'

const markPath = (directory: string): string => join(directory, 'relocation.json')

export function readMark(directory: string): Mark | undefined {
  const path = markPath(directory)
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Mark
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new IsthmusError('STORE-FAILED', `${path} cannot be read: it says where the store has gone`, {
      cause,
    })
  }
}

/** Durable when it returns. */
export function writeMark(directory: string, mark: Mark | undefined): void {
  const path = markPath(directory)
  if (mark === undefined) rmSync(path, { force: true })
  else {
    writeFileSync(`${path}.draft`, `${JSON.stringify(mark)}\n`, { mode: 0o600, flush: true })
    renameSync(`${path}.draft`, path)
  }
  syncDirectory(directory)
}

/** Throws STORE-MOVED if the store of the directory must not be worked on. */
export function requireInPlace(directory: string): void {
  const mark = readMark(directory)
  if (mark !== undefined) throw storeMoved(directory, mark)
}

/** Without it, new files themselves could be lost with the power. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
