import { hash } from 'node:crypto'
import type { Json } from '../../message/json-value.ts'
import type { StoreReader } from '../../store/store.ts'
import { eventsBehind } from '../../store/stream-pages.ts'
import type { NewEvent, StreamEvent, StreamName } from '../../store/streams.ts'
import type { Period, RecordedFact, RunFact } from './run-fact.ts'

/**
 * Where the log of a run stands. Its key is the end of its period in RFC 3339, so that the store itself keeps two runs
 * of one date from being begun, and lists them in their order.
 */
export function runStream(pipeline: string, key: string): StreamName {
  return { kind: `pipeline/${pipeline}`, key }
}

export function runKey({ until }: Period): string {
  return new Date(until).toISOString()
}

/** Behind that of the run whose rows are repaired. */
export function repairKey(run: string, at: number): string {
  return `${run}+${at.toString(36)}`
}

/** Short, of letters and digits: a part of names in the warehouse. */
export function runId(pipeline: string, key: string, attempt: number): string {
  return hash('sha256', `${pipeline} ${key} ${attempt}`, 'hex').slice(0, 12)
}

export function writtenRunFact({ type, ...data }: RunFact, at: number): NewEvent {
  return { type, data: data as unknown as Json, at }
}

export function readRunFact({ type, data, at, version }: StreamEvent): RecordedFact {
  return { fact: { type, ...(data as object) } as RunFact, at, version }
}

export async function readRunLog(
  reader: Pick<StoreReader, 'streams'>,
  pipeline: string,
  key: string,
): Promise<RecordedFact[]> {
  return await Array.fromAsync(eventsBehind(reader, runStream(pipeline, key)), readRunFact)
}
