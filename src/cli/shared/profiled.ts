import { existsSync, statSync } from 'node:fs'
import { IsthmusError } from '../../errors.ts'
import type { Profile } from '../../model/profile/profile.ts'
import { Profiler } from '../../model/profile/profiler.ts'
import type { Environment } from '../../server/configuration.ts'
import { type Peeked, peek, sourceChannel } from '../../server/peek.ts'
import { fileRecords } from './file-records.ts'
import { loadLandscape } from './landscape-file.ts'

/** A profile, and what was not put into it. */
export interface Profiled {
  readonly source: string
  readonly profile: Profile
  /** Records that could not be read, with the reason of the first. */
  readonly unreadable: number
  readonly firstDefect: string | undefined
  /** There were more records than were looked at. */
  readonly more: boolean
}

interface Wanted {
  /** `system.channel`, or the path of a file. */
  readonly source: string
  readonly landscape?: string | undefined
  readonly rows?: string | undefined
  readonly record?: string | undefined
}

/** Most records that are looked at if nothing is said. */
const defaultRows = 100_000

/** Looks at the records of a source or file, and leaves it as it is. */
export async function profiled(
  { source, landscape, rows, record }: Wanted,
  environment: Environment,
): Promise<Profiled> {
  const most = rowsOf(rows)
  const end = new AbortController()
  if (existsSync(source) && statSync(source).isFile())
    return counted(source, fileRecords(source, record, end.signal), new Profiler(), most, end)
  if (!/^[^./\\]+\.[^./\\]+$/.test(source))
    throw new IsthmusError(
      'CLI-USAGE',
      `${source} is no file, and not named as a channel is: SYSTEM.CHANNEL.`,
    )
  const known = await loadLandscape(landscape)
  const channel = sourceChannel(known, source)
  const profiler = new Profiler({ pii: channel.model.pii })
  return counted(source, peek(known, channel, environment, end.signal), profiler, most, end)
}

async function counted(
  source: string,
  records: AsyncIterable<Peeked>,
  profiler: Profiler,
  most: number,
  end: AbortController,
): Promise<Profiled> {
  let unreadable = 0
  let firstDefect: string | undefined
  let more = false
  for await (const record of records) {
    more = profiler.records + unreadable >= most
    if (more) break
    if ('data' in record) profiler.add(record.data)
    else {
      unreadable++
      firstDefect ??= record.defect
    }
  }
  end.abort()
  return { source, profile: profiler.result(), unreadable, firstDefect, more }
}

function rowsOf(text: string | undefined): number {
  const rows = text === undefined ? defaultRows : Number(text)
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw new IsthmusError('CLI-USAGE', `--rows takes a number, not ${text}.`)
  return rows
}
