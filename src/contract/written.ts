import { createHash } from 'node:crypto'
import { IsthmusError } from '../errors.ts'
import type { Contract, ContractChannel, ContractModel } from './contract.ts'

/** What is kept of a contract beside its module, for the next import to compare with. */
export interface WrittenContract {
  /** Of this file. */
  readonly edition: 1
  readonly title: string
  readonly version?: string | undefined
  /** Patterns by which channels were selected; none for all. */
  readonly only: readonly string[]
  readonly models: readonly Omit<ContractModel, 'description' | 'origin'>[]
  readonly channels: readonly WrittenChannel[]
}

/** `options` are pieces of code. */
export interface WrittenChannel extends Omit<ContractChannel, 'options' | 'description' | 'effect'> {
  readonly effect?: string | undefined
  readonly options: Readonly<Record<string, string>>
}

export function writtenContract(contract: Contract, only: readonly string[]): WrittenContract {
  const { title, version } = contract
  return {
    edition: 1,
    title,
    version,
    only,
    models: contract.models.map(({ description: _, origin: __, ...model }) => model),
    channels: contract.channels.map(({ options, description: _, effect, ...channel }) => ({
      ...channel,
      effect: effect?.kind,
      options: Object.fromEntries(Object.entries(options).map(([name, { text }]) => [name, text])),
    })),
  }
}

/** Throws CONFIG-INVALID where `text` is none that this version has written. */
export function readWritten(text: string, path: string): WrittenContract {
  const value = parsed(text)
  if (value?.edition === 1 && Array.isArray(value.models) && Array.isArray(value.channels))
    return { ...value, only: Array.isArray(value.only) ? value.only : [] } as WrittenContract
  const remedy = 'Remove it to import as if for the first time'
  throw new IsthmusError(
    'CONFIG-INVALID',
    `${path} is not what an import of this version has written. ${remedy}.`,
  )
}

function parsed(text: string): Partial<WrittenContract> | undefined {
  try {
    return Object(JSON.parse(text))
  } catch {
    return undefined
  }
}

const mark = /^\/\/ Unchanged since: ([0-9a-f]{16})\n/m

/** Says in the module itself what it was, so that a change by hand shows. */
export function marked(module: string): string {
  return module.replace('\n\n', `\n// Unchanged since: ${hashOf(module)}\n\n`)
}

/** Whether somebody has changed a module since it was written, or has written it alone. */
export function isChanged(module: string): boolean {
  const text = module.replaceAll('\r\n', '\n')
  const hash = mark.exec(text)?.[1]
  return hash === undefined || hashOf(text.replace(mark, '')) !== hash
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
