import { IsthmusError, reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Effect } from '../../system/effect.ts'
import type { Answer, Outgoing, Probed, Requester, Sink } from '../../system/roles.ts'
import type { RoutineOptions, RoutineSinkOptions } from './config.ts'
import { answersTable, type Database, type Run, rowsOf } from './database.ts'
import { Effects, makeTable } from './effects.ts'
import { RecordReader } from './record.ts'
import { type Call, type Called, callRoutine } from './routine-call.ts'

const codec = json()
/** The routine was not entered: it is not there, or not ours to call, or called with too few arguments. */
const notEntered = new Set<unknown>([1305, 1318, 1370, '42883'])

/**
 * Calls a stored procedure or function. Without an effect of its own the call is one transaction with its effect key
 * and its answer, so that a repeat finds both.
 */
export class Routine<I, O> {
  readonly #database: Database
  readonly #name: string
  readonly #options: RoutineOptions<I, O, Effect> | RoutineSinkOptions<I, Effect>
  readonly #effects: Effects
  readonly #reader: RecordReader
  #answersReady = false

  constructor(
    database: Database,
    name: string,
    options: RoutineOptions<I, O, Effect> | RoutineSinkOptions<I, Effect>,
  ) {
    if (!database.transact)
      throw new IsthmusError(
        'CONFIG-INVALID',
        `Channel ${name}: ${database.dialect.product} has no procedures.`,
      )
    this.#database = database
    this.#name = name
    this.#options = options
    this.#effects = new Effects(database)
    this.#reader = new RecordReader(rowSchema(options))
  }

  /** Whether a call leaves its key behind. */
  get isKept(): boolean {
    return this.#options.effect === undefined
  }

  async call(item: Outgoing<I>, signal: AbortSignal): Promise<Answer<O>> {
    if (this.isKept) await this.#ready(signal)
    let sent = false
    const work = async (run: Run): Promise<O> => {
      if (this.isKept) await run(this.#database.dialect.insertKeys([item.effectKey]))
      const call = callOf(this.#name, this.#options, item.data, item.effectKey)
      sent = true
      const answer = this.#answerOf(await callRoutine(run, this.#database.dialect, call))
      if (this.isKept && this.#options.response) await run(this.#keep(item.effectKey, answer))
      return answer
    }
    const done = await this.#database.transact?.(work, signal, !this.isKept)
    if (done?.outcome === 'done') return { ok: true, result: done.value }
    const error = done?.error as IsthmusError
    if (!this.isKept) return { ok: false, error: sent ? this.#afterAll(error) : error }
    const isOpen = done?.outcome === 'refused' || error.code === 'TARGET-UNANSWERED'
    const probed = isOpen && !signal.aborted ? await this.probe(item, signal) : undefined
    return probed?.outcome === 'done' ? { ok: true, result: probed.result as O } : { ok: false, error }
  }

  async probe({ effectKey }: Outgoing<I>, signal: AbortSignal): Promise<Probed<O>> {
    await this.#ready(signal)
    const known = await this.#effects.known([effectKey], signal)
    if (!known.has(effectKey)) return { outcome: 'absent' }
    if (!this.#options.response) return { outcome: 'done' }
    const text = `select answer from ${answersTable} where effect_key = ${this.#database.dialect.placeholder(1)}`
    const [row] = await rowsOf(this.#database, { text, values: [effectKey] }, signal)
    if (!row) return { outcome: 'unknown' }
    return { outcome: 'done', result: codec.decode(Buffer.from(String(row.answer))) as O }
  }

  async #ready(signal: AbortSignal): Promise<void> {
    await this.#effects.ready(signal)
    const ddl = this.#database.dialect.createAnswers
    if (this.#answersReady || !this.#options.response || !ddl) return
    await makeTable(this.#database, answersTable, ddl, signal)
    this.#answersReady = true
  }

  #keep(effectKey: string, answer: O) {
    const { placeholder } = this.#database.dialect
    const text = `insert into ${answersTable} (effect_key, answer) values (${placeholder(1)}, ${placeholder(2)})`
    return { text, values: [effectKey, new TextDecoder().decode(codec.encode(answer))] }
  }

  /** Throws TARGET-CONTRACT for what the model does not allow; then the call is rolled back, if it can be. */
  #answerOf({ values, sets }: Called): O {
    const { response } = this.#options
    if (!response) return undefined as O
    const { returns = 'values' } = this.#options as RoutineOptions<I, O, Effect>
    const all = sets.map(rows => rows.map(row => this.#reader.read(row)))
    const one = values ? this.#reader.read(values) : all[0]?.[0]
    const found = returns === 'sets' ? all : returns === 'rows' ? (all[0] ?? []) : one
    const checked = response.validate(found)
    if (checked.ok) return checked.data
    const problems = checked.problems.map(({ path, problem }) => `${path || 'the answer'} ${problem}`)
    const text = `Procedure ${this.#name} answered what does not fit ${response.name}: ${problems.slice(0, 5).join('; ')}.`
    throw new IsthmusError('TARGET-CONTRACT', text)
  }

  /** A procedure that commits by itself may have done so before it failed. */
  #afterAll(error: IsthmusError): IsthmusError {
    const { mysql, sqlstate } = error.detail
    if (this.#options.effect?.kind === 'read' || notEntered.has(mysql) || notEntered.has(sqlstate))
      return error
    const text = `${error.message} The procedure commits by itself: it is not known how far it came.`
    return new IsthmusError('TARGET-UNANSWERED', text, { cause: error, detail: error.detail })
  }
}

/** Throws TARGET-REFUSED for a record of which no arguments can be made. */
export function callOf<I>(
  name: string,
  options: RoutineOptions<I, unknown, Effect> | RoutineSinkOptions<I, Effect>,
  data: I,
  effectKey: string,
): Call {
  const { procedure, isFunction = false } = options
  try {
    return { procedure, isFunction, given: options.arguments?.(data, { effectKey }) ?? [] }
  } catch (cause) {
    if (cause instanceof IsthmusError) throw cause
    const text = `Procedure ${name}: no arguments can be made of the record: ${reasonOf(cause)}`
    throw new IsthmusError('TARGET-REFUSED', text, { cause })
  }
}

export function routineSink<I>(routine: Routine<I, unknown>): Sink<I> {
  const write: Sink<I>['write'] = async (items, signal) => {
    const answers: Answer[] = []
    for (const item of items) {
      const answer = await routine.call(item, signal)
      answers.push(answer.ok ? { ok: true } : answer)
    }
    return answers
  }
  const probe: Sink<I>['probe'] = async (item, signal) => {
    const { outcome } = await routine.probe(item, signal)
    return { outcome }
  }
  return { concurrency: 4, write, ...(routine.isKept && { probe }) }
}

export function routineRequester<I, O>(routine: Routine<I, O>): Requester<I, O> {
  const ask: Requester<I, O>['ask'] = async (items, signal) => {
    const answers: Answer<O>[] = []
    for (const item of items) answers.push(await routine.call(item, signal))
    return answers
  }
  const probe: Requester<I, O>['probe'] = (item, signal) => routine.probe(item, signal)
  return { concurrency: 4, ask, ...(routine.isKept && { probe }) }
}

function rowSchema(options: object): JsonSchema | undefined {
  const { response, returns = 'values' } = options as Partial<RoutineOptions<unknown, unknown, Effect>>
  const items = (schema: JsonSchema | undefined) => schema?.items as JsonSchema | undefined
  const schema = response?.jsonSchema
  if (returns === 'values') return schema
  return returns === 'rows' ? items(schema) : items(items(schema))
}
