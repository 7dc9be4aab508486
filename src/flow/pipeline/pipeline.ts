import { IsthmusError } from '../../errors.ts'
import { checkOptionNames, type OptionNames } from '../../message/option-names.ts'
import { callSite } from '../../system/call-site.ts'
import type { AnyChannel } from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { nextOf, type ScheduleOptions } from '../../system/schedule.ts'
import { checkName } from '../../system/system.ts'
import { tablesIn } from './sql-model.ts'
import type { Table } from './table.ts'

/** A dated batch: tables of one warehouse that are made together, each run for one period, and published at once. */
export interface Pipeline {
  readonly kind: 'pipeline'
  readonly name: string
  /** In an order in which each stands behind those that it reads. */
  readonly tables: readonly Table[]
  readonly system: string
  readonly schedule: ScheduleOptions | undefined
  readonly after: readonly Pipeline[]
  readonly retry: PipelineRetry
  /** Tasks of one run at a time. */
  readonly parallel: number
  readonly at: string | undefined
}

/** Milliseconds. */
interface PipelineRetry {
  readonly times: number
  readonly pause: number
}

export interface PipelineOptions {
  readonly tables: readonly Table<never>[] | readonly Table[]
  /** When a run is due: each planned time ends one period and begins the next. Without it people begin runs. */
  readonly schedule?: ScheduleOptions | undefined
  /** A run waits until these have published a period that ends no earlier. */
  readonly after?: readonly Pipeline[] | undefined
  /** How a task that failed for a reason that passes is tried again. Default: 3 times, after `30s` and longer each time. */
  readonly retry?: { readonly times: number; readonly pause: string } | undefined
  /** Tasks of one run at a time. Default 2. */
  readonly parallel?: number | undefined
}

const optionNames: OptionNames<PipelineOptions> = {
  tables: 'needed',
  schedule: true,
  after: true,
  retry: true,
  parallel: true,
}

/** The name is that of its runs: a pipeline that has run must not be renamed. */
export function pipeline(name: string, options: PipelineOptions): Pipeline {
  const at = callSite()
  const place = `${at ?? 'somewhere'}: pipeline ${name}`
  checkName('pipeline', name)
  checkOptionNames(place, options, optionNames)
  const tables = inOrder(place, options.tables as readonly Table[])
  const [system, another] = new Set(tables.map(each => each.system))
  if (system === undefined) throw wrong(place, 'it has no table')
  if (another !== undefined)
    throw wrong(place, `its tables are in ${system} and in ${another}: it has one warehouse`)
  try {
    if (options.schedule) nextOf(options.schedule)
  } catch (error) {
    throw wrong(place, error instanceof Error ? error.message : String(error))
  }
  const { times, pause } = options.retry ?? { times: 3, pause: '30s' }
  return Object.freeze({
    kind: 'pipeline',
    name,
    tables: Object.freeze(tables),
    system,
    schedule: options.schedule && Object.freeze({ ...options.schedule }),
    after: Object.freeze([...(options.after ?? [])]),
    retry: Object.freeze({ times, pause: parseDuration(pause) }),
    parallel: options.parallel ?? 2,
    at,
  })
}

/** Tables of the same run that one reads. */
export function tablesBefore(one: Table, all: readonly Table[]): readonly Table[] {
  const read = one.from.kind === 'sql' ? tablesIn(one.from).map(({ name }) => name) : []
  return all.filter(({ name }) => read.includes(name))
}

/** Every channel that a pipeline reads or asks. */
export function pipelineChannels({ tables }: Pipeline): readonly AnyChannel[] {
  return tables.flatMap(({ from, checks }) => [
    ...(from.kind === 'extraction' ? [from.source.channel] : []),
    ...checks.flatMap(check => (check.kind === 'reconciled' ? [check.channel] : [])),
  ])
}

/** Throws for a circle, which only names can make: a query reads a table that it is made of itself. */
function inOrder(place: string, tables: readonly Table[]): Table[] {
  const twice = tables.find((one, at) => tables.findIndex(({ name }) => name === one.name) !== at)
  if (twice) throw wrong(place, `it has two tables ${twice.name}`)
  const ordered: Table[] = []
  const put = (one: Table, behind: readonly Table[]): void => {
    if (behind.includes(one)) throw wrong(place, `what its table ${one.name} is made of is made of it`)
    if (ordered.includes(one)) return
    for (const before of tablesBefore(one, tables)) put(before, [...behind, one])
    ordered.push(one)
  }
  for (const one of tables) put(one, [])
  return ordered
}

function wrong(place: string, reason: string): IsthmusError {
  return new IsthmusError('FLOW-DEFINITION', `${place}: ${reason}.`)
}
