import { IsthmusError, reasonOf } from '../errors.ts'
import { allSteps, isEffect } from '../flow/step.ts'
import type { Json } from '../message/json-value.ts'
import type { Edited, Entry, Settled, Unfinished } from '../store/store.ts'
import type { SourceChannel } from '../system/channel.ts'
import type { Retry } from '../system/policy.ts'
import { carryOut, type EffectChannel, type EffectNotes } from './effects.ts'
import type { Host } from './host.ts'
import type { Task } from './lanes.ts'
import { nextTry } from './next-try.ts'
import { outgoingOf } from './outgoing.ts'
import { type EffectPlan, Filtered, type Plan } from './plan.ts'
import { runSteps, StepError } from './run-steps.ts'

/** What one attempt at a message came to. */
export type Verdict =
  | { readonly settled: Settled }
  | { readonly unfinished: Unfinished; readonly error: IsthmusError }

export interface MessageContext {
  readonly plan: Plan
  readonly landscape: string
  readonly host: Host
  channel(stepId: string): EffectChannel
  /** `soon` if others wait for this message. */
  when(): 'soon' | 'later'
  /** Makes a row durable. */
  record(row: Unfinished): Promise<void>
}

/** Body of a message whose source handed over data instead of bytes. */
export const dataContentType = 'application/vnd.isthmus.data+json'

/** Runs a message through its flow once. Never rejects. */
export async function runMessage(task: Task, context: MessageContext): Promise<Verdict> {
  const { entry, row } = task
  const attempts = (row?.attempts ?? 0) + 1
  const { results, sent, edited } = standOf(task)
  const notes: EffectNotes = { results: { ...results }, sent: new Set(sent) }
  const base = baseRow(task, context.host)
  const outgoing = outgoingOf(context.landscape, entry)
  const effect = (plan: EffectPlan, path: string, data: unknown) => {
    const item = outgoing(effectName(path, edited), data, attempts)
    const note = () => context.record({ ...base, ...notesOf(notes), status: 'running', attempts })
    const channel = context.channel(plan.id)
    const calling = carryOut(plan.step, path, item, channel, notes, { note, when: context.when() })
    if (plan.step.kind !== 'tap') return calling
    return calling.catch((error: StepError) => {
      notes.sent.delete(path)
      notes.results[path] = { [failedTap]: `${error.error.code} ${error.message}` }
    })
  }
  try {
    const result = await runSteps(context.plan.steps, dataOf(task, context.plan), { effect })
    const settled = { seq: entry.seq, at: context.host.now(), attempts, ...keptResults(notes) }
    if (edited) Object.assign(settled, { edited })
    const decided =
      row?.decisions?.map(({ do: what, by, why }) => `${what} by ${by}${why ? `: ${why}` : ''}`) ?? []
    if (result instanceof Filtered)
      return { settled: { ...settled, outcome: 'filtered', ...noted([result.reason, ...decided]) } }
    return { settled: { ...settled, outcome: 'delivered', ...noted(decided) } }
  } catch (thrown) {
    const { path, error } = asStepError(thrown)
    return setAside(context, { ...base, ...notesOf(notes), attempts }, row?.error, path, error)
  }
}

function noted(notes: readonly string[]): { note?: string } {
  return notes.length > 0 ? { note: notes.join('; ') } : {}
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
export function decode(entry: Pick<Entry, 'head' | 'body'>, source: SourceChannel<unknown>): unknown {
  if (source.decode && entry.head.contentType !== dataContentType) return source.decode(entry.body)
  return JSON.parse(
    Buffer.from(entry.body.buffer, entry.body.byteOffset, entry.body.byteLength).toString('utf8'),
  )
}

function decodeError(error: unknown): IsthmusError {
  return new IsthmusError('MSG-DECODE', `The message cannot be read: ${reasonOf(error)}`, { cause: error })
}

function baseRow(
  task: Task,
  host: Host,
): Pick<Unfinished, 'seq' | 'key' | 'crashes' | 'since' | 'edited' | 'decisions'> {
  const { entry, row } = task
  const { crashes = 0, since = host.now(), decisions } = row ?? {}
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
function keptResults(notes: EffectNotes): { results?: Record<string, Json> } {
  const kept = Object.entries(notes.results).filter(([, result]) => result !== null)
  return kept.length > 0 ? { results: Object.fromEntries(kept) } : {}
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
  const shown = { code: error.code, reason: error.message, step: path, times }
  if (due !== undefined) return { unfinished: { ...row, status: 'retrying', due, error: shown }, error }
  const status = error.fate === 'doubt' || row.sent ? 'doubt' : 'parked'
  return { unfinished: { ...row, status, error: shown }, error }
}

function retryRule(plan: Plan, path: string): Retry {
  const id = path.slice(path.lastIndexOf('].') + 1).replace(/^\./, '')
  for (const step of allSteps(plan.flow.steps))
    if (step.id === id && isEffect(step) && 'policy' in step) return step.policy.retry ?? {}
  return {}
}
