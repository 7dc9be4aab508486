import { readFileSync } from 'node:fs'
import { IsthmusError } from '../errors.ts'
import type { Redactor } from '../observe/redactor.ts'
import type { Setting } from '../system/setting.ts'
import type { Environment } from './configuration.ts'

/**
 * The value of a setting of a system; throws CONFIG-MISSING. The values of secrets, and passwords inside URLs, are
 * told to the redactor before anybody can show them.
 */
export function resolveSetting(
  setting: Setting,
  system: string,
  environment: Environment,
  redactor: Redactor,
): string {
  if (typeof setting === 'string') {
    redactor.addUrl(setting)
    return setting
  }
  const { from, name, fallback } = setting
  const value =
    from === 'file' ? fileValue(name, system) : variable(name, system, from, environment) || fallback
  if (value === undefined || value === '') {
    if (fallback !== undefined) return fallback
    throw missing(name, system, from)
  }
  if (from !== 'env') redactor.add(value)
  redactor.addUrl(value)
  return value
}

function variable(
  name: string,
  system: string,
  from: 'env' | 'secret',
  environment: Environment,
): string | undefined {
  const value = environment[name]
  const file = environment[`${name}_FILE`]
  return value || from === 'env' || !file ? value : fileValue(file, system, `${name}_FILE`)
}

function fileValue(path: string, system: string, named?: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error)
    const by = named === undefined ? '' : ` (from ${named})`
    const text = `System ${system} needs a secret from the file ${path}${by}, which cannot be read: ${code}.`
    throw new IsthmusError('CONFIG-MISSING', text)
  }
}

function missing(name: string, system: string, from: 'env' | 'secret' | 'file'): IsthmusError {
  const remedies = {
    env: `Set the environment variable ${name}.`,
    secret: `Set the environment variable ${name}, or ${name}_FILE to the path of a file that holds it.`,
    file: `Write it into that file.`,
  }
  const what = from === 'file' ? `the file ${name} is empty` : `${name} is not set`
  return new IsthmusError('CONFIG-MISSING', `System ${system}: ${what}. ${remedies[from]}`)
}
