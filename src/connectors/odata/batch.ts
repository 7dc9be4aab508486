import { randomUUID } from 'node:crypto'
import { IsthmusError } from '../../errors.ts'
import type { Answer, Outgoing } from '../../system/roles.ts'
import type { HttpAnswer } from '../http/call.ts'
import { readJsonBatch, writeJsonBatch } from './batch-json.ts'
import { readMultipart, writeMultipart } from './batch-multipart.ts'
import type { BatchPart } from './batch-part.ts'
import type { Change } from './change.ts'

/** An item on its way, with its place among the items of the call. */
interface Sent extends BatchPart {
  readonly at: number
}

/** Several records as one `$batch`; each is a change set of its own and answered for itself. Does not reject. */
export async function writeBatch(
  change: Change,
  items: readonly Outgoing[],
  signal: AbortSignal,
): Promise<Answer[]> {
  const answers: (Answer | undefined)[] = items.map(() => undefined)
  try {
    const format = await change.service.format(change.channel, signal)
    const sent: Sent[] = []
    for (const [at, item] of items.entries())
      try {
        sent.push({ at, id: String(at + 1), request: change.request(item, format) })
      } catch (error) {
        answers[at] = { ok: false, error }
      }
    if (sent.length === 0) return answers as Answer[]
    await sendParted(change, sent, answers, signal)
    return answers as Answer[]
  } catch (error) {
    return answers.map(answer => answer ?? { ok: false, error })
  }
}

/** A batch that is refused as a whole did nothing: it is sent in halves, so that what is bad in it stands alone. */
async function sendParted(
  change: Change,
  sent: readonly Sent[],
  answers: (Answer | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  try {
    const answered = await send(change, sent, signal)
    for (const { at, id } of sent) answers[at] = judged(change, answered.get(id))
  } catch (error) {
    if (!(error instanceof IsthmusError) || error.code !== 'TARGET-REFUSED' || sent.length === 1) throw error
    const middle = Math.ceil(sent.length / 2)
    for (const half of [sent.slice(0, middle), sent.slice(middle)])
      await sendParted(change, half, answers, signal).catch(reason => {
        for (const { at } of half) answers[at] ??= { ok: false, error: reason }
      })
  }
}

/** The answers by id. Rejects where nothing at all is known about any of them. */
async function send(
  change: Change,
  sent: readonly Sent[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HttpAnswer>> {
  const { service, channel } = change
  const inJson = service.options.batchFormat === 'json'
  const boundary = `batch_${randomUUID()}`
  const common = service.protocolHeaders()
  const body = inJson ? writeJsonBatch(sent, common) : writeMultipart(sent, boundary, common)
  const headers = {
    accept: inJson ? 'application/json' : 'multipart/mixed',
    'content-type': inJson ? 'application/json' : `multipart/mixed;boundary=${boundary}`,
    // A bad record must not keep those behind it from being looked at.
    prefer: 'odata.continue-on-error',
  }
  const answer = await service.send({ method: 'POST', path: '/$batch', headers, body, channel }, signal)
  const failure = service.failure(answer, undefined, channel)
  if (failure) throw failure
  try {
    return inJson
      ? readJsonBatch(answer)
      : readMultipart(
          answer,
          sent.map(({ id }) => id),
        )
  } catch (cause) {
    const text = `${channel}: the answer to a batch cannot be read, so that nothing is known of its records`
    throw new IsthmusError('TARGET-UNANSWERED', text, { cause })
  }
}

function judged(change: Change, answer: HttpAnswer | undefined): Answer {
  try {
    if (answer === undefined)
      throw new IsthmusError(
        'TARGET-UNANSWERED',
        `${change.channel}: the batch was answered without this record`,
      )
    change.judge(answer)
    return { ok: true }
  } catch (error) {
    return { ok: false, error }
  }
}
