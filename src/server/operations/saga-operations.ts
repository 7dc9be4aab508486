import { randomUUID } from 'node:crypto'
import { type SagaTrace, traceSaga } from '../../engine/saga/saga-trace.ts'
import type { Sagas } from '../../engine/saga/sagas.ts'
import { IsthmusError } from '../../errors.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { currentSagas } from '../../flow/own-systems.ts'
import type { Json } from '../../message/json-value.ts'
import type { Log } from '../../observe/log.ts'
import { hasPersonalSagaKey } from '../../observe/personal-saga.ts'
import type { StoreReader } from '../../store/store.ts'
import type { StreamHead, StreamName } from '../../store/streams.ts'
import { refused } from './deciding.ts'
import type { SagaOperations } from './operations.ts'
import type { SagaDecision, SagaDetail, SagaPage, SagaQuery, SagaStart, SagaStarted } from './saga-schemas.ts'
import { ShownSaga } from './shown-saga.ts'

export interface LocalSagasOptions {
  readonly reader: StoreReader
  readonly landscape: Landscape | undefined
  readonly log: Log
  /** Those that run; throws CONTROL-REFUSED where none do. */
  running(): Sagas
}

const kindOf = (saga: string) => `saga/${saga}`
/** Of all sagas; stands before every one of them. */
const first: StreamName = { kind: 'saga/', key: '' }
const page = 500

export class LocalSagas implements SagaOperations {
  readonly #options: LocalSagasOptions

  constructor(options: LocalSagasOptions) {
    this.#options = options
  }

  list(query: SagaQuery): Promise<SagaPage> {
    return this.#options.reader.snapshot(async reader => {
      const { limit = 100, showPii = false } = query
      const sagas: SagaPage['sagas'] = []
      let last: StreamHead | undefined
      for await (const head of this.#heads(reader, query)) {
        if (sagas.length === limit) return { sagas, next: last && `${nameOf(last)}/${last.key}` }
        const trace = await this.#trace(reader, nameOf(head), head.key)
        if (trace) sagas.push(new ShownSaga(trace, showPii).row())
        last = head
      }
      return { sagas }
    })
  }

  async show(saga: string, key: string, showPii = false): Promise<SagaDetail | undefined> {
    const trace = await this.#options.reader.snapshot(reader => this.#trace(reader, saga, key))
    return trace && new ShownSaga(trace, showPii).detail()
  }

  async start(saga: string, { data, id = randomUUID(), by }: SagaStart): Promise<SagaStarted> {
    const { landscape, log } = this.#options
    const sagas = this.#options.running()
    const known = currentSagas(landscape?.sagas ?? [])
    const definition = known.find(({ name }) => name === saga)
    if (!definition)
      throw refused(
        `There is no saga ${saga}. There are ${known.map(({ name }) => name).join(', ') || 'none'}.`,
        404,
      )
    try {
      const key = await sagas.begin(definition, { input: data, startId: id, cause: id, by })
      log({
        level: 'info',
        event: 'decided',
        text: `saga ${saga} started by ${by}`,
        fields: { saga, do: 'start', id, by },
      })
      return { saga, key, id }
    } catch (error) {
      throw asRefusal(error)
    }
  }

  async decide(saga: string, key: string, order: SagaDecision): Promise<void> {
    const sagas = this.#options.running()
    const { do: how, step, choice, result, by, why } = order
    if ((how === 'decide') !== (choice !== undefined))
      throw refused('A decision, and nothing else, needs a choice.', 400)
    if (how !== 'confirm' && result !== undefined) throw refused('Only what is confirmed has a result.', 400)
    if (how === 'pause' || how === 'continue' || how === 'take' || how === 'release')
      await sagas.attend(saga, key, { how, by, why })
    else if (how === 'decide') {
      if (step === undefined || choice === undefined) throw refused('A decision needs its step.', 400)
      await sagas.decide(saga, key, { stage: step, choice, by, why })
    } else await sagas.resume(saga, key, { stage: step, how, result: result as Json | undefined, by, why })
    const what = [how, step, choice].filter(part => part !== undefined).join(' ')
    const shownKey = this.#isKeyPersonal(saga) ? undefined : key
    this.#options.log({
      level: 'info',
      event: 'decided',
      text: `saga ${saga}${shownKey === undefined ? '' : `/${shownKey}`}: ${what} by ${by}: ${why}`,
      fields: { saga, key: shownKey, do: how, step, choice, by, why },
    })
  }

  #isKeyPersonal(saga: string): boolean {
    return (this.#options.landscape?.sagas ?? []).some(each => each.name === saga && hasPersonalSagaKey(each))
  }

  #trace(reader: StoreReader, saga: string, key: string): Promise<SagaTrace | undefined> {
    return traceSaga(reader, this.#options.landscape, saga, key)
  }

  async *#heads(reader: StoreReader, { saga, state, key, after }: SagaQuery): AsyncGenerator<StreamHead> {
    if (key !== undefined) return yield* this.#ofKey(reader, key, saga, state)
    let last: StreamName = placeOf(after) ?? first
    for (;;) {
      const kind = saga === undefined ? undefined : kindOf(saga)
      const heads = await reader.streams.heads({ kind, states: state && [state], after: last, limit: page })
      for (const head of heads) {
        if (!head.kind.startsWith(first.kind)) return
        yield head
      }
      const end = heads.at(-1)
      if (!end || heads.length < page) return
      last = end
    }
  }

  async *#ofKey(
    reader: StoreReader,
    key: string,
    saga: string | undefined,
    state: string | undefined,
  ): AsyncGenerator<StreamHead> {
    const names = saga === undefined ? (this.#options.landscape?.sagas.map(({ name }) => name) ?? []) : [saga]
    for (const name of new Set(names)) {
      const head = await reader.streams.head({ kind: kindOf(name), key })
      if (head && (state === undefined || head.state === state)) yield head
    }
  }
}

function nameOf({ kind }: StreamName): string {
  return kind.slice(first.kind.length)
}

function placeOf(after: string | undefined): StreamName | undefined {
  if (after === undefined) return undefined
  const slash = after.indexOf('/')
  if (slash > 0) return { kind: kindOf(after.slice(0, slash)), key: after.slice(slash + 1) }
  throw refused(`"${after}" is not a place in a list: give the "next" of the page before.`, 400)
}

/** What the caller did wrong is told to the caller. */
function asRefusal(error: unknown): unknown {
  if (!(error instanceof IsthmusError)) return error
  if (error.code === 'MODEL-INVALID' || error.code === 'TARGET-REFUSED') return refused(error.message)
  return error.code === 'TARGET-UNAVAILABLE' ? refused(error.message, 503) : error
}
