import type { DatabaseSync } from 'node:sqlite'
import { damaged } from './failure.ts'
import { basePos, type FlowRow, FlowTable } from './flow-table.ts'
import { JournalRows } from './journal-rows.ts'
import { keysBetween } from './key-index.ts'
import { type Directory, type KeyEntry, KeyRows } from './key-rows.ts'
import { hasTable } from './schema.ts'

/**
 * Every run has the keys of the messages it says it has, in order, and every message up to `keyed` of its flow is in one.
 * `attempt` takes what is damaged.
 */
export function verifyKeys(db: DatabaseSync, attempt: (work: () => void) => void): void {
  if (!hasTable(db, 'keys')) return
  const rows = new KeyRows(db, 'read')
  const journal = new JournalRows(db, 'read')
  const flows = new Map(new FlowTable(db, 'read').all().map(flow => [flow.no, flow]))
  const reached = new Map([...flows.keys()].map(no => [no, 0]))
  for (const run of rows.runs())
    attempt(() => {
      const directory = rows.directory(run)
      if (!directory) throw damaged('keys', `the directory of run ${run} does not fit its checksum`)
      requireKeys(rows, directory, journal, flows)
      for (const [no, first, last] of directory.flows) {
        requireNone(journal, flows.get(no), (reached.get(no) ?? 0) + 1, first - 1)
        reached.set(no, last)
      }
    })
  for (const flow of flows.values())
    attempt(() => requireNone(journal, flow, (reached.get(flow.no) ?? 0) + 1, flow.keyed))
}

function requireKeys(
  rows: KeyRows,
  directory: Directory,
  journal: JournalRows,
  flows: ReadonlyMap<number, FlowRow>,
): void {
  const { run, fences, count } = directory
  const keys = new Map<number, KeyEntry>()
  let before = ''
  for (const [n, fence] of fences.entries()) {
    const page = rows.page(run, n)
    if (!page) throw damaged('keys', `page ${n} of run ${run} does not fit its checksum`)
    const entries = [...page.entries()]
    if (entries[0]?.key !== fence) throw damaged('keys', `page ${n} of run ${run} is not where it should be`)
    for (const entry of entries) {
      if (entry.key < before) throw damaged('keys', `run ${run} is not in order`)
      before = entry.key
      keys.set(entry.pos, entry)
    }
  }
  if (keys.size !== count) throw damaged('keys', `run ${run} has ${keys.size} keys and should have ${count}`)
  for (const [no, first, last] of directory.flows) {
    const flow = flows.get(no)
    if (!flow) throw damaged('keys', `run ${run} is of a flow that there is not`)
    for (const { pos, key } of keysBetween(journal, flow, first, last))
      if (keys.get(pos)?.key !== key)
        throw damaged('keys', 'it is not found by its key', { flow: flow.name, seq: pos - basePos(flow) })
  }
}

/** Runs go when none of their messages is left; where there are messages, there must be their run. */
function requireNone(journal: JournalRows, flow: FlowRow | undefined, from: number, to: number): void {
  if (flow && from <= to && journal.hasAny(flow, from, to))
    throw damaged('keys', 'a run is missing', { flow: flow.name, seq: from })
}
