import type { StreamReader } from '../../store/streams.ts'
import { runStream } from './run-log.ts'
import { type RunSummary, readSummary } from './run-summary.ts'

const hour = 3_600_000
/** How far back is looked, until enough is found. */
const spans = [hour, 24 * hour, 31 * 24 * hour, 400 * 24 * hour, 200 * 365 * 24 * hour]
const page = 500

interface RunsQuery {
  readonly pipeline: string
  /** Runs whose periods end behind `from` and no later than `until`, milliseconds since 1970 UTC. */
  readonly from?: number | undefined
  readonly until?: number | undefined
  readonly limit: number
}

/** The runs of a pipeline, the newest first: of a range, or the last ones. Its repairs stand behind the run they mend. */
export async function listRuns(streams: StreamReader, query: RunsQuery, now: number): Promise<RunSummary[]> {
  const { until = now + 24 * hour, limit } = query
  if (query.from !== undefined)
    return (await between(streams, query.pipeline, query.from, until)).slice(0, limit)
  for (const span of spans) {
    const found = await between(streams, query.pipeline, until - span, until)
    if (found.length >= limit || span === spans.at(-1)) return found.slice(0, limit)
  }
  return []
}

async function between(
  streams: StreamReader,
  pipeline: string,
  from: number,
  until: number,
): Promise<RunSummary[]> {
  const { kind } = runStream(pipeline, '')
  const found: RunSummary[] = []
  const last = keyAt(until)
  // Behind every repair of the run that ends at `from`.
  for (let after = { kind, key: `${keyAt(from)}~` }; ; ) {
    const heads = await streams.heads({ kind, after, limit: page })
    for (const head of heads) {
      const summary = readSummary(head)
      if (summary && head.key.slice(0, last.length) <= last) found.push(summary)
    }
    const end = heads.at(-1)
    if (heads.length < page || !end || end.key > `${last}~`) return found.reverse()
    after = end
  }
}

const keyAt = (time: number) => new Date(Math.max(0, time)).toISOString()
