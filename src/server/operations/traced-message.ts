import { hash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { decode } from '../../engine/run-message.ts'
import type { Hop, MessageTrace } from '../../engine/trace.ts'
import type { Flow } from '../../flow/flow.ts'
import { flowShapes, type StepShape } from '../../observe/data-shape.ts'
import { channelShape } from '../../observe/inherited.ts'
import { hasPersonalData, hasPersonalKey, Mask, masked } from '../../observe/personal-data.ts'
import type { Entry } from '../../store/store.ts'
import { rowVersion } from './row-version.ts'
import type { TracedMessage } from './schemas.ts'

/** So much of a body that cannot be decoded is shown. */
const shownBytes = 2000

/**
 * What is shown of a message. `flow` is undefined if the landscape has it no more: then it cannot be decoded, and it is
 * not known which of its data are personal. Personal data are masked unless `showPii`.
 */
export function tracedMessage(trace: MessageTrace, flow: Flow | undefined, showPii: boolean): TracedMessage {
  const hops = flow ? new TracedHops(flow, trace.hops) : undefined
  const discreet = !showPii && (!flow || hasPersonalData(flow))
  // Of data that cannot be read nobody knows what is personal in them, nor in a reason that quotes them.
  const isReadable = trace.hops[0]?.before !== undefined
  const mask = discreet && isReadable ? hops?.mask() : undefined
  const shown = (text: string) => (discreet ? (mask?.text(text) ?? masked) : text)
  const { entry, settled, unfinished } = trace
  const { flow: name, seq, id, head, acceptedAt } = entry
  const { error } = unfinished ?? {}
  return {
    flow: name,
    seq,
    key: discreet ? shownKey(entry, flow, shown) : entry.key,
    id,
    source: head.source,
    type: head.type,
    time: head.time,
    acceptedAt,
    subject: head.subject && shown(head.subject),
    cause: head.cause,
    headers: head.headers && mapValues(head.headers, shown),
    state: settled?.outcome ?? unfinished?.status ?? 'waiting',
    attempts: settled?.attempts ?? unfinished?.attempts ?? 0,
    crashes: unfinished?.crashes ?? 0,
    endedAt: settled?.at,
    due: unfinished?.due,
    error: error && { ...error, reason: shown(error.reason) },
    note: settled?.note === undefined ? undefined : shown(settled.note),
    decisions: [...(unfinished?.decisions ?? [])],
    version: unfinished && rowVersion(unfinished),
    edited: hops?.edits(trace, flow as Flow, mask, discreet && !mask),
    body: bodyOf(trace, discreet),
    masked: discreet,
    hops: hops?.shown(mask, shown) ?? [],
  }
}

/** A message without a key of its own goes by its id. */
function shownKey({ key, id }: Entry, flow: Flow | undefined, shown: (text: string) => string): string {
  if (key === id) return key
  return flow && hasPersonalKey(flow) ? masked : shown(key)
}

/** A body that was decoded is seen in the first hop. */
function bodyOf({ entry, hops }: MessageTrace, discreet: boolean): TracedMessage['body'] {
  const { body } = entry
  const about = { bytes: body.byteLength, sha256: hash('sha256', body) }
  if (hops.length > 0 && hops[0]?.before !== undefined) return about
  const text = Buffer.from(body.subarray(0, shownBytes)).toString('utf8')
  return { ...about, text: discreet ? masked : text }
}

/** The hops of a message with what is known of the data around each. */
class TracedHops {
  readonly #hops: readonly { readonly hop: Hop; readonly shape: StepShape | undefined }[]
  readonly #start: readonly string[]

  constructor(flow: Flow, hops: readonly Hop[]) {
    const shapes = flowShapes(flow)
    this.#start = channelShape(flow.source).personal
    this.#hops = hops.map(hop => ({ hop, shape: shapes.get(stepId(hop.path)) }))
  }

  /** Knows every personal value that the message had on its way. */
  mask(): Mask {
    const mask = new Mask()
    for (const { hop, shape } of this.#hops) {
      mask.learn(hop.before, shape?.before.personal ?? this.#start)
      mask.learn(hop.after, shape?.after.personal ?? this.#start)
      mask.learn(hop.call?.request, shape?.request?.personal ?? [])
      mask.learn(hop.call?.answer, shape?.answer?.personal ?? [])
    }
    return mask
  }

  /** What its source delivered, and what people put in its place; without the data where all is masked. */
  edits(
    { entry, settled, unfinished }: MessageTrace,
    { source }: Flow,
    mask: Mask | undefined,
    isBare: boolean,
  ): TracedMessage['edited'] {
    const edited = (settled ?? unfinished)?.edited
    if (!edited) return undefined
    const { by, at, why, earlier = [] } = edited
    const original = readable(() => decode(entry, source))
    for (const data of [original, ...earlier.map(each => each.data)]) mask?.learn(data, this.#start)
    const shown = (data: unknown) => (isBare ? undefined : mask ? mask.data(data, this.#start) : data)
    return {
      by,
      at,
      why,
      original: shown(original),
      earlier: earlier.map(({ data, ...said }) => ({ ...said, data: shown(data) })),
    }
  }

  shown(mask: Mask | undefined, text: (text: string) => string): TracedMessage['hops'] {
    const data = (value: unknown, paths: readonly string[] = []) => (mask ? mask.data(value, paths) : value)
    return this.#hops.map(({ hop, shape }) => {
      const before = data(hop.before, shape?.before.personal ?? this.#start)
      const after = data(hop.after, shape?.after.personal ?? this.#start)
      const isHidden = isDeepStrictEqual(before, after) && !isDeepStrictEqual(hop.before, hop.after)
      return {
        step: hop.path,
        kind: shape?.step.kind ?? 'source',
        before,
        after,
        hiddenChange: isHidden || undefined,
        warnings: hop.warnings && [...hop.warnings],
        error: hop.error && text(hop.error),
        call: hop.call && {
          ...hop.call,
          request: data(hop.call.request, shape?.request?.personal),
          answer: data(hop.call.answer ?? undefined, shape?.answer?.personal),
        },
      }
    })
  }
}

/** Data that cannot be read are not there. */
function readable(read: () => unknown): unknown {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** `lines[3].stock` is step `stock` inside of split `lines`. */
export function stepId(path: string): string {
  return path.slice(path.lastIndexOf('].') + 1).replace(/^\./, '')
}

function mapValues(record: Readonly<Record<string, string>>, change: (text: string) => string) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
}
