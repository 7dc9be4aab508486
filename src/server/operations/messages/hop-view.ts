import type { Landscape } from '../../../flow/landscape.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import type { StoreReader } from '../../../store/store.ts'
import { refused } from '../deciding.ts'
import { messageName, type Operations } from '../operations.ts'
import type { MessageRef, TracedMessage } from '../schemas.ts'
import type { HopAnswer, HopStep, Payload } from './schemas.ts'
import { StepChanges } from './step-changes.ts'

/** Larger data are shown by their beginning; the rest is asked for by itself. */
const inlineAtMost = 64 * 1024
const headLength = 2048

/** What one message met in one flow, step by step. */
export class HopView {
  readonly #landscape: Landscape
  readonly #reader: StoreReader
  readonly #operations: Pick<Operations, 'messages'>
  readonly #files: SourceFiles
  readonly #versionAt: (flow: string, at: number) => number | undefined
  readonly #changes = new Map<string, StepChanges>()

  constructor(parts: {
    readonly landscape: Landscape
    readonly reader: StoreReader
    readonly operations: Pick<Operations, 'messages'>
    readonly files: SourceFiles
    versionAt(flow: string, at: number): number | undefined
  }) {
    this.#landscape = parts.landscape
    this.#reader = parts.reader
    this.#operations = parts.operations
    this.#files = parts.files
    this.#versionAt = parts.versionAt
  }

  /** Undefined if there has never been such a message. */
  async hop(
    which: MessageRef,
    { after = 0, limit = 100, showPii }: { after?: number; limit?: number; showPii?: boolean },
  ): Promise<HopAnswer | undefined> {
    const traced = await this.#traced(which, showPii)
    if (!traced) return (await this.#wasThere(which)) ? { payload: 'purged', steps: [], count: 0 } : undefined
    const { hops, ...message } = traced
    const changes = this.#changesOf(which.flow)
    const isReadable = hops[0]?.before !== undefined
    const version = this.#versionAt(which.flow, message.acceptedAt)
    const current = this.#versionAt(which.flow, Date.now())
    const replayOf = await this.#replayOf(which)
    return {
      payload: !isReadable ? 'unreadable' : message.masked ? 'masked' : 'shown',
      message,
      ...(replayOf !== undefined && { replayOf }),
      ...(version !== undefined && { version }),
      ...(current !== undefined && { current }),
      steps: hops.slice(after, after + limit).map(hop => shownStep(hop, changes)),
      count: hops.length,
    }
  }

  /** One side of a step, whole. Throws CONTROL-REFUSED if there is none. */
  async payload(
    which: MessageRef,
    { index, side, showPii }: { index: number; side: Side; showPii?: boolean },
  ): Promise<{ bytes: number; data?: unknown }> {
    const hop = (await this.#traced(which, showPii))?.hops[index]
    const data = side === 'before' || side === 'after' ? hop?.[side] : hop?.call?.[side]
    if (data === undefined) throw refused(`${messageName(which)} has nothing there.`, 404)
    return { bytes: Buffer.byteLength(JSON.stringify(data)), data }
  }

  async #traced(which: MessageRef, showPii = false): Promise<TracedMessage | undefined> {
    const [traced] = await this.#operations.messages({ ...which, showPii })
    return traced
  }

  async #wasThere({ flow, seq }: MessageRef): Promise<boolean> {
    const states = await this.#reader.flows()
    return states.some(state => state.flow === flow && seq <= state.head)
  }

  async #replayOf({ flow, seq }: MessageRef): Promise<string | undefined> {
    const [entry] = await this.#reader.entries({ flow, seqs: [seq], limit: 1 })
    const { replay } = entry?.head ?? {}
    return replay && `${flow}/${replay.seq}`
  }

  #changesOf(name: string): StepChanges | undefined {
    const flow = this.#landscape.flows.find(each => each.name === name)
    if (!flow) return undefined
    const known = this.#changes.get(name) ?? new StepChanges(flow, this.#files)
    this.#changes.set(name, known)
    return known
  }
}

type Side = 'before' | 'after' | 'request' | 'answer'

function shownStep(hop: TracedMessage['hops'][number], changes: StepChanges | undefined): HopStep {
  const { step, kind, before, after, hiddenChange, warnings, error, call } = hop
  const [old, fresh] = [payloadOf(before), payloadOf(after)]
  const isSmall = [old, fresh, payloadOf(call?.request)].every(each => each?.head === undefined)
  return {
    step,
    kind,
    ...(old && { before: old }),
    ...(fresh && { after: fresh }),
    // Of large data every change would be about as large.
    changes: isSmall ? (changes?.of(hop) ?? []) : (changes?.of(hop) ?? []).map(withoutLarge),
    ...(hiddenChange && { hiddenChange }),
    ...(warnings && { warnings }),
    ...(error !== undefined && { error }),
    ...(call && {
      call: {
        channel: call.channel,
        effectKey: call.effectKey,
        state: call.state,
        ...maybe('request', payloadOf(call.request)),
        ...maybe('answer', payloadOf(call.answer)),
      },
    }),
  }
}

function maybe<N extends string>(name: N, value: Payload | undefined): { [K in N]?: Payload } {
  return (value ? { [name]: value } : {}) as { [K in N]?: Payload }
}

function payloadOf(data: unknown): Payload | undefined {
  const text = data === undefined ? undefined : JSON.stringify(data)
  if (text === undefined) return undefined
  const bytes = Buffer.byteLength(text)
  return bytes > inlineAtMost ? { bytes, head: text.slice(0, headLength) } : { bytes, data }
}

function withoutLarge(change: HopStep['changes'][number]): HopStep['changes'][number] {
  const shown = (value: unknown) => {
    const text = JSON.stringify(value)
    return text !== undefined && text.length > headLength ? `${text.slice(0, headLength)}…` : value
  }
  const { before, after, why } = change
  return {
    ...change,
    ...('before' in change ? { before: shown(before) } : {}),
    ...('after' in change ? { after: shown(after) } : {}),
    why: {
      ...why,
      sources: why.sources.map(({ field, value }) => ({ field, value: shown(value) })),
      rules: why.rules.map(({ before: _, after: __, ...rule }) => rule),
    },
  }
}
