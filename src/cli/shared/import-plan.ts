import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Contract, ContractProblem } from '../../contract/contract.ts'
import { type Change, compareContracts } from '../../contract/diff.ts'
import { hyphenated } from '../../contract/names.ts'
import { selected } from '../../contract/select.ts'
import { writeModule } from '../../contract/write/module.ts'
import {
  isChanged,
  marked,
  readWritten,
  type WrittenContract,
  writtenContract,
} from '../../contract/written.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { type FlowUse, usesOf } from './contract-usage.ts'
import { loadLandscape } from './landscape-file.ts'

export interface Wanted {
  readonly kind: string
  readonly location: string
  readonly system: string
  readonly out: string | undefined
  readonly only: string | undefined
}

/** What an import has found and would do. */
export interface ImportReport {
  readonly kind: string
  readonly system: string
  readonly title: string
  readonly version: string | undefined
  /** In the words of the format, of the whole document. */
  readonly counts: Readonly<Record<string, number>>
  /** How many would be written. */
  readonly models: number
  readonly channels: number
  readonly problems: readonly ContractProblem[]
  /** Where the module goes: beside the one that is there, if that was changed by hand. */
  readonly module: string
  readonly isChanged: boolean
  /** There is nothing to write. */
  readonly isUpToDate: boolean
  /** A module that an earlier import has written is replaced. */
  readonly replaces: boolean
  readonly changes: readonly (Change & { readonly flows: readonly FlowUse[] })[]
  /** Why it is not known which flows the differences meet. */
  readonly flowsUnknown?: string | undefined
}

export interface ImportPlan {
  readonly report: ImportReport
  /** Path to text; none where nothing is different. */
  readonly files: ReadonlyMap<string, string>
}

export async function importPlan(found: Contract, wanted: Wanted): Promise<ImportPlan> {
  const path = wanted.out ?? `${wanted.system}.ts`
  const before = writtenBefore(besideOf(path))
  const patterns = patternsOf(wanted.only) ?? before?.only ?? []
  const contract = patterns.length === 0 ? found : chosen(found, patterns)
  const now = writtenContract(contract, patterns)
  const text = marked(writeModule(contract, { system: wanted.system, heading: headingOf(wanted, patterns) }))
  const there = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const touched = there !== undefined && isChanged(there)
  const module = touched ? path.replace(/(?:\.ts)?$/, '.new.ts') : path
  const changes = before ? compareContracts(before, now) : []
  const { uses, flowsUnknown } = before && changes.length > 0 ? await usage(wanted, path, before) : nobody
  const kept = `${JSON.stringify(now, null, 1)}\n`
  const same = there === text || (before !== undefined && JSON.stringify(before) === JSON.stringify(now))
  const files = new Map(
    same && there !== undefined
      ? []
      : [
          [module, text],
          [besideOf(module), kept],
        ],
  )
  return {
    report: {
      kind: wanted.kind,
      system: wanted.system,
      title: found.title,
      version: found.version,
      counts: found.counts,
      models: contract.models.length,
      channels: contract.channels.length,
      problems: found.problems,
      module,
      isUpToDate: same,
      isChanged: touched && files.size > 0,
      replaces: there !== undefined && !touched && files.size > 0,
      changes: changes.map(change => {
        // What breaks nothing is of no interest to flows that only perhaps meet it.
        const flows = uses(change).filter(({ certain }) => certain || change.breaking)
        return { ...change, flows }
      }),
      flowsUnknown,
    },
    files,
  }
}

const nobody = { uses: (): FlowUse[] => [], flowsUnknown: undefined }

/** `erp.contract.json` beside `erp.ts`. */
function besideOf(path: string): string {
  return path.replace(/(?:\.ts)?$/, '.contract.json')
}

function writtenBefore(path: string): WrittenContract | undefined {
  return existsSync(path) ? readWritten(readFileSync(path, 'utf8'), path) : undefined
}

function patternsOf(only: string | undefined): string[] | undefined {
  return only
    ?.split(',')
    .map(pattern => pattern.trim())
    .filter(Boolean)
}

function chosen(found: Contract, patterns: readonly string[]): Contract {
  const contract = selected(found, patterns)
  if (contract.channels.length + contract.models.length > 0) return contract
  const what = found.channels.length > 0 ? 'channel' : 'model'
  throw new IsthmusError('CLI-USAGE', `No ${what} of ${found.title} fits ${patterns.join(', ')}.`)
}

function headingOf({ kind, location, system }: Wanted, patterns: readonly string[]): string {
  const only = patterns.length > 0 ? ` --only "${patterns.join(',')}"` : ''
  return `Written by: isthmus import ${kind} ${shownLocation(location)} --system ${system}${only}. Import again to bring it up to date.`
}

/** Without what may be a credential. */
export function shownLocation(location: string): string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(location)) return location
  const { protocol, host, pathname } = new URL(location)
  return `${protocol}//${host}${pathname}`
}

/** As the file is called, or the last part of a URL. */
export function systemNameOf(location: string): string {
  const last = basename(shownLocation(location).replace(/[\\/]+$/, '')).replace(/\.\w+$/, '')
  return hyphenated(last.replace(/[-_.](?:openapi|swagger|asyncapi|api|metadata|schema)$/i, ''), 'system')
}

async function usage(
  { system }: Wanted,
  path: string,
  before: WrittenContract,
): Promise<{ uses(change: Change): FlowUse[]; flowsUnknown: string | undefined }> {
  try {
    return { uses: usesOf(await loadLandscape(dirname(path)), system, before), flowsUnknown: undefined }
  } catch (error) {
    return { ...nobody, flowsUnknown: reasonOf(error).split('\n')[0] }
  }
}
