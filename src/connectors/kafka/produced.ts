import type { IsthmusError } from '../../errors.ts'
import { type ClientError, kafkaFailure, leavesOf, writeFailure } from './failure.ts'

/** What became of the partitions of a request that failed. */
export interface PartitionOutcomes {
  /** All replicas in sync have what was for them. */
  readonly written: ReadonlySet<number>
  /** What was for them is more than the topic takes at a time. */
  readonly tooLarge: ReadonlySet<number>
  /** What the broker said of a partition; undefined where it said nothing, or not of all attempts. */
  failed(partition: number, doing: string): IsthmusError | undefined
}

interface Part {
  readonly index: number
  readonly errorCode: number
}

const messageTooLarge = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** A request goes to several brokers, in several attempts, and each has something to say about its partitions. */
export function partitionOutcomes(error: unknown): PartitionOutcomes {
  const written = new Set<number>()
  const said = new Map<number, ClientError>()
  for (const answer of answersIn(error)) {
    for (const { index } of answer.parts.filter(({ errorCode }) => errorCode === 0)) written.add(index)
    for (const refusal of answer.errors) {
      const part = partOf(answer, refusal)
      if (part) said.set(part.index, refusal)
    }
  }
  for (const { partition } of producedIn(error)) written.add(partition)
  // An attempt that was not answered may have been carried out, whatever was said of another one.
  const isAnswered = leavesOf(error).every(({ apiId }) => apiId !== undefined)
  const tooLarge = new Set(
    [...said].flatMap(([index, { apiId = '' }]) => (messageTooLarge.has(apiId) ? [index] : [])),
  )
  return {
    written,
    tooLarge,
    failed(partition, doing) {
      const refusal = isAnswered ? said.get(partition) : undefined
      return refusal && (refusal.apiId ? writeFailure(refusal, doing) : kafkaFailure(refusal, doing))
    },
  }
}

interface Said {
  readonly topics: readonly { readonly partitionResponses: readonly Part[] }[]
  readonly parts: readonly Part[]
  readonly errors: readonly (ClientError & { readonly path?: string })[]
}

function answersIn(error: unknown): Said[] {
  if (!(error instanceof Error)) return []
  const { errors = [], response } = error as ClientError
  const topics = (response as { responses?: Said['topics'] } | undefined)?.responses
  if (!Array.isArray(topics) || !topics.every(topic => Array.isArray(topic?.partitionResponses)))
    return errors.flatMap(answersIn)
  return [{ topics, parts: topics.flatMap(({ partitionResponses }) => partitionResponses), errors }]
}

/** An error says where in the answer it stands. */
function partOf({ topics }: Said, { path = '' }: { readonly path?: string }): Part | undefined {
  const [, topic, partition] = /^\/responses\/(\d+)\/partition_responses\/(\d+)/.exec(path) ?? []
  return topics[Number(topic)]?.partitionResponses[Number(partition)]
}

function producedIn(error: unknown): readonly { readonly partition: number }[] {
  const produced = (error as { produced?: { offsets?: unknown } } | undefined)?.produced
  return Array.isArray(produced?.offsets) ? produced.offsets : []
}
