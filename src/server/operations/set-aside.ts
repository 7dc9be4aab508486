import type { StoreReader, UnfinishedEntry } from '../../store/store.ts'
import type { MessageRef, ParkedFilter } from './schemas.ts'
import { stepId } from './traced-message.ts'

/** A message that waits for a person. */
export interface SetAside {
  readonly flow: string
  readonly row: UnfinishedEntry
}

const pageSize = 500

/** The messages set aside that fit, by flow and number, after the one given. */
export async function* setAside(
  reader: StoreReader,
  filter: ParkedFilter,
  after: MessageRef | undefined,
): AsyncGenerator<SetAside> {
  const known = (await reader.flows()).map(({ flow }) => flow).sort()
  const flows = known.filter(flow => filter.flow === undefined || flow === filter.flow)
  for (const flow of flows) {
    if (after && flow < after.flow) continue
    const first = after?.flow === flow ? after.seq : 0
    for await (const row of rows(reader, flow, filter, first)) if (fits(row, filter)) yield { flow, row }
  }
}

async function* rows(
  reader: StoreReader,
  flow: string,
  { status = 'parked', key }: ParkedFilter,
  first: number,
): AsyncGenerator<UnfinishedEntry> {
  const wanted = status === 'all' ? (['parked', 'doubt'] as const) : [status]
  for (let after = first; ; ) {
    const page = await reader.unfinished({ flow, status: wanted, key, after, limit: pageSize })
    yield* page
    const last = page.at(-1)
    if (!last) return
    after = last.seq
  }
}

function fits({ error, since }: UnfinishedEntry, { code, step, before }: ParkedFilter): boolean {
  if (code !== undefined && error?.code !== code) return false
  if (step !== undefined && error?.step !== step && stepId(error?.step ?? '') !== step) return false
  return before === undefined || since < before
}
