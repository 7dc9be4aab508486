import type { Entry, FlowState, StoreReader } from '../store.ts'
import { findMessages } from './finding.ts'
import { identityNames } from './incoming.ts'
import type { SettledRow, UnfinishedRow } from './progress-rows.ts'
import { settledOf, unfinishedOf } from './progress-rows.ts'
import type { Run } from './read-statements.ts'
import {
  entriesQuery,
  flowsText,
  headsText,
  identityText,
  positionText,
  settledText,
  unfinishedQuery,
} from './read-statements.ts'
import { assertUndamaged, entryChecksum } from './row-checksum.ts'
import type { StandingRow } from './standing.ts'
import { standingColumns, standingOf } from './standing.ts'
import { fromText, toText } from './stored-text.ts'
import { streamReader } from './stream-reader.ts'

/** Reads by `run`; every row is checked before it is given. */
export function storeReader(schema: string, run: Run, snapshot: StoreReader['snapshot']): StoreReader {
  const quoted = `"${schema}"`
  return {
    async flows() {
      return (await run<FlowRow>({ text: flowsText(quoted), values: [] })).map(flowStateOf)
    },
    async heads() {
      const rows = await run<{ flow: string; head: string }>({
        name: 'heads',
        text: headsText(quoted),
        values: [],
      })
      return rows.map(({ flow, head }) => ({ flow: fromText(flow), head: Number(head) }))
    },
    async entries(query) {
      return (await run<EntryRow>(entriesQuery(quoted, query))).map(entryOf)
    },
    find: query => findMessages(quoted, run, query),
    async unfinished(query) {
      const rows = await run<UnfinishedRow>(unfinishedQuery(quoted, query))
      return rows.map(row => unfinishedOf(query.flow, row))
    },
    async settled({ flow, from, to }) {
      const rows = await run<SettledRow>({ text: settledText(quoted), values: [toText(flow), from, to] })
      return rows.map(row => settledOf(flow, row))
    },
    async identified(identity) {
      const text = identityText(quoted)
      const { name, moved } = identityNames(identity)
      const [row] = await run<{ id: string }>({ text, values: [[name, ...moved]] })
      return row && fromText(row.id)
    },
    async position(source) {
      const text = positionText(quoted)
      const [row] = await run<{ position: string }>({ text, values: [toText(source)] })
      return row && JSON.parse(row.position)
    },
    streams: streamReader(quoted, run),
    async standing() {
      const text = `SELECT ${standingColumns(quoted)}`
      const [row] = await run<StandingRow>({ text, values: [] })
      return standingOf(row as StandingRow)
    },
    snapshot,
  }
}

interface EntryRow
  extends Record<'flow' | 'seq' | 'key' | 'id' | 'head' | 'accepted_at' | 'checksum', string> {
  readonly partition: number
  readonly body: Buffer
}

function entryOf(row: EntryRow): Entry {
  const { partition, body } = row
  const flow = fromText(row.flow)
  const seq = Number(row.seq)
  const acceptedAt = Number(row.accepted_at)
  const expected = entryChecksum({ ...row, flow, acceptedAt })
  assertUndamaged(expected, row.checksum, 'entries', flow, seq)
  const head = JSON.parse(row.head)
  return { flow, partition, key: fromText(row.key), seq, id: fromText(row.id), head, body, acceptedAt }
}

interface FlowRow extends Record<'flow' | 'head' | 'entries', string> {
  readonly retired: Partial<FlowState['retired']> | null
  readonly cursors: FlowState['cursors'] | null
  readonly unfinished: Partial<FlowState['unfinished']> | null
  readonly oldest: string | null
}

function flowStateOf(row: FlowRow): FlowState {
  return {
    flow: fromText(row.flow),
    head: Number(row.head),
    retired: { delivered: 0, filtered: 0, discarded: 0, ...row.retired },
    cursors: row.cursors ?? [],
    entries: Number(row.entries),
    unfinished: { retrying: 0, held: 0, parked: 0, doubt: 0, running: 0, ...row.unfinished },
    oldestWaiting: row.oldest === null ? undefined : Number(row.oldest),
  }
}
