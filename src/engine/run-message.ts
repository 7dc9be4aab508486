import { IsthmusError, reasonOf } from '../errors.ts'
import { allSteps, isEffect } from '../flow/step.ts'
import type { Json } from '../message/json-value.ts'
import type { Edited, Entry, Settled, Unfinished } from '../store/store.ts'
import { channelId, type SourceChannel } from '../system/channel.ts'
import type { Retry } from '../system/policy.ts'
import { carryOut, type EffectChannel, type EffectNotes } from './effects.ts'
import type { Host } from './host.ts'
import type { Task } from './lanes.ts'
import { nextTry } from './next-try.ts'
import { outgoingOf } from './outgoing.ts'
import { type EffectPlan, Filtered, type Plan } from './plan.ts'
import { runSteps, StepError } from './run-steps.ts'
import type { CallTrace, RunTrace, Tracing } from './tracing.ts'

/** What one attempt at a message came to. */
export type Verdict =
  /** `warned`: names of the rules that its data break without being set aside for it. */
  | { readonly settled: Settled; readonly warned?: readonly string[] }
  | { readonly unfinished: Unfinished; readonly error: IsthmusError }

export interface MessageContext {
  readonly plan: Plan
  readonly landscape: string
  readonly host: Host
  readonly tracing?: Tracing | undefined
  channel(stepId: string): EffectChannel
  /** Makes a row durable. */
  record(row: Unfinished): Promise<void>
}

/** Body of a message whose source handed over data instead of bytes. */
export const dataContentType = 'application/vnd.isthmus.data+json'

/** Runs a message through its flow once; `when` says `soon` if others wait for it. Never rejects. */
export async function runMessage(
  task: Task,
  context: MessageContext,
  when: () => 'soon' | 'later',
): Promise<Verdict> {
  const { entry, row } = task
  const attempts = (row?.attempts ?? 0) + 1
  const { results, sent, edited } = standOf(task)
  const notes: EffectNotes = { results: { ...results }, sent: new Set(sent) }
  const began = context.host.now()
  const rowNow = () => ({ ...baseRow(task, began), ...notesOf(notes), attempts })
  const note = () => context.record({ ...rowNow(), status: 'running' })
  const outgoing = outgoingOf(context.landscape, entry)
  task.trace = context.tracing?.run(entry.flow, entry, attempts)
  const effect = (plan: EffectPlan, path: string, data: unknown) => {
    const call = Object.hasOwn(notes.results, path) ? undefined : callOf(task.trace, plan, path)
    const item = outgoing(effectName(path, edited), data, attempts, call?.context)
    const calling = carryOut(plan.step, path, item, context.channel(plan.id), notes, { note, when: when() })
    if (call)
      calling.then(
        () => call.end(undefined),
        (error: StepError) => call.end(error.error),
      )
    if (plan.step.kind !== 'tap') return calling
    return calling.catch((error: StepError) => {
      notes.sent.delete(path)
      notes.results[path] = { [failedTap]: `${error.error.code} ${error.message}` }
    })
  }
  try {
    const warned: string[] = []
    const warn = (_path: string, { name }: { readonly name: string }) => void warned.push(name)
    const result = await runSteps(context.plan.steps, dataOf(task, context.plan), { effect, warn })
    const settled = settledOf(task, result, attempts, notes, context.host.now())
    return warned.length > 0 ? { settled, warned } : { settled }
  } catch (thrown) {
    const { path, error } = asStepError(thrown)
    return setAside(context, rowNow(), row?.error, path, error)
  }
}

function settledOf(task: Task, result: unknown, attempts: number, notes: EffectNotes, at: number): Settled {
  const { entry, row } = task
  const { edited } = standOf(task)
  const why = result instanceof Filtered ? [result.reason] : []
  for (const { do: what, by, why: reason } of row?.decisions ?? [])
    why.push(`${what} by ${by}${reason ? `: ${reason}` : ''}`)
  const results = keptResults(notes)
  return {
    seq: entry.seq,
    outcome: result instanceof Filtered ? 'filtered' : 'delivered',
    at,
    attempts,
    ...(results && { results }),
    ...(why.length > 0 && { note: why.join('; ') }),
    ...(edited && { edited }),
  }
}

function callOf(trace: RunTrace | undefined, { step }: EffectPlan, path: string): CallTrace | undefined {
  return trace?.call(path, channelId(step.channel), step.channel.system)
}

/** What is known of a message before an attempt: a replay begins with what its order says. */
export function standOf({ entry, row }: Pick<Task, 'entry' | 'row'>): Partial<Unfinished> {
  return row ?? entry.head.replay?.start ?? {}
}

/** The data of a message as its first step sees them; throws StepError when they cannot be read. */
export function dataOf(task: Task, plan: Plan): unknown {
  const { entry } = task
  const { edited } = standOf(task)
  if (edited) return edited.data
  try {
    if (entry.head.defect)
      throw new IsthmusError(entry.head.defect.code as 'SOURCE-DEFECT', entry.head.defect.reason, {
        fate: 'park',
      })
    return task.data ?? decode(entry, plan.flow.source)
  } catch (error) {
    throw new StepError('source', error instanceof IsthmusError ? error : decodeError(error))
  }
}

/** Reads a body as its source wrote it. */
export function decode(
  { head, body }: { readonly head: Pick<Entry['head'], 'contentType'>; readonly body: Uint8Array },
  source: SourceChannel<unknown>,
): unknown {
  if (source.decode && head.contentType !== dataContentType) return source.decode(body)
  return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
}

function decodeError(error: unknown): IsthmusError {
  return new IsthmusError('MSG-DECODE', `The message cannot be read: ${reasonOf(error)}`, { cause: error })
}

function baseRow(
  task: Task,
  began: number,
): Pick<Unfinished, 'seq' | 'key' | 'crashes' | 'since' | 'edited' | 'decisions'> {
  const { entry, row } = task
  const { crashes = 0, since = began, decisions } = row ?? {}
  const { edited } = standOf(task)
  return { seq: entry.seq, key: entry.key, crashes, since, edited, decisions }
}

function notesOf(notes: EffectNotes): Pick<Unfinished, 'results' | 'sent'> {
  const { results, sent } = notes
  return {
    results: Object.keys(results).length > 0 ? { ...results } : undefined,
    sent: sent.size > 0 ? [...sent] : undefined,
  }
}

/** In the place of a tap's answer: why it failed. */
const failedTap = '@failed'

/** Why a tap failed, if this is recorded of it. */
export function tapFailure(result: Json | undefined): string | undefined {
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  const reason = (result as Readonly<Record<string, Json>>)[failedTap]
  return typeof reason === 'string' ? reason : undefined
}

/** The name that an effect goes by in its key: its path, and another one whenever its data were changed by a person. */
export function effectName(path: string, edited: Edited | undefined): string {
  const times = edited?.renewed?.[path]
  return times === undefined ? path : `${path}[edit ${times}]`
}

/** That an effect without an answer was done follows from the outcome; only answers are kept. */
function keptResults({ results }: EffectNotes): Settled['results'] {
  let kept: Record<string, Json> | undefined
  for (const [path, result] of Object.entries(results))
    if (result !== null) {
      kept ??= {}
      kept[path] = result
    }
  return kept
}

function asStepError(thrown: unknown): { path: string; error: IsthmusError } {
  if (thrown instanceof StepError) return thrown
  return { path: 'flow', error: new IsthmusError('STEP-FAILED', reasonOf(thrown), { cause: thrown }) }
}

function setAside(
  context: MessageContext,
  row: Omit<Unfinished, 'status'>,
  last: Unfinished['error'],
  path: string,
  thrown: IsthmusError,
): Verdict {
  const before = last?.step === path ? (last.times ?? 0) : 0
  const { error, times, due } = nextTry(retryRule(context.plan, path), before, thrown, context.host)
  const shown = { code: error.code, reason: error.message, step: path, times, ...answeredWith(error) }
  if (due !== undefined) return { unfinished: { ...row, status: 'retrying', due, error: shown }, error }
  const status = error.fate === 'doubt' || row.sent ? 'doubt' : 'parked'
  return { unfinished: { ...row, status, error: shown }, error }
}

/** The status of HTTP, where the connector tells it. */
function answeredWith({ detail: { status } }: IsthmusError): { status?: number } {
  return Number.isInteger(status) && Number(status) >= 100 && Number(status) <= 599
    ? { status: Number(status) }
    : {}
}

function retryRule(plan: Plan, path: string): Retry {
  const id = path.slice(path.lastIndexOf('].') + 1).replace(/^\./, '')
  for (const step of allSteps(plan.flow.steps))
    if (step.id === id && isEffect(step) && 'policy' in step) return step.policy.retry ?? {}
  return {}
}
