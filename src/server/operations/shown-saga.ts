import type { Recorded, SagaFact } from '../../engine/saga/saga-fact.ts'
import { heldReason } from '../../engine/saga/saga-log.ts'
import type { SagaTrace, StageTrace, TracedEffect } from '../../engine/saga/saga-trace.ts'
import { Mask, masked } from '../../observe/personal-data.ts'
import {
  hasPersonalSaga,
  hasPersonalSagaKey,
  type PersonalStage,
  personalInput,
  personalStage,
} from '../../observe/personal-saga.ts'
import { choicesFor } from './saga-choices.ts'
import type { SagaDetail, SagaPage } from './saga-schemas.ts'

type Row = SagaPage['sagas'][number]
type Entry = SagaDetail['timeline'][number]

const unclassified: PersonalStage = { request: [], undoRequest: [], result: [] }

/**
 * Shows a saga. Personal data are masked unless `showPii`; of a saga whose definition is gone nobody knows which are, so
 * that all its data and texts are.
 */
export class ShownSaga {
  readonly #trace: SagaTrace
  readonly #discreet: boolean
  /** Undefined where all is masked. */
  readonly #mask: Mask | undefined
  readonly #stages: ReadonlyMap<string, PersonalStage>

  constructor(trace: SagaTrace, showPii: boolean) {
    this.#trace = trace
    const { definition } = trace
    this.#discreet = !showPii && (!definition || hasPersonalSaga(definition))
    this.#stages = new Map(
      trace.stages.flatMap(({ id, stage }) => (stage ? [[id, personalStage(stage)] as const] : [])),
    )
    this.#mask = this.#discreet && definition ? this.#learned() : undefined
  }

  row(): Row {
    const { saga, log, state, status, definition, stages } = this.#trace
    const isHeld = !definition && state.ended === undefined
    return {
      saga,
      key: this.#key(),
      state: status,
      began: state.began,
      changed: log.at(-1)?.at ?? state.began,
      held: isHeld ? heldReason(state) : undefined,
      turned: state.turned && this.#text(state.turned.reason),
      paused: state.ended ? undefined : state.paused,
      person: state.ended ? undefined : state.person,
      waits: state.turned || state.ended ? [] : stages.flatMap(stage => this.#waits(stage)),
      needs: state.ended ? [] : stages.flatMap(stage => this.#needs(stage)),
    }
  }

  detail(): SagaDetail {
    const { state, log, stages, definition } = this.#trace
    const { startId, cause, by, parent, input, definition: began } = state.started
    return {
      ...this.row(),
      startId,
      cause,
      by,
      version: began.version,
      parent: parent && { ...parent, key: this.#text(parent.key) },
      input: this.#data(input, definition ? personalInput(definition) : []),
      timeline: log.map(recorded => this.#entry(recorded)),
      steps: stages.map(stage => this.#step(stage)),
      next: choicesFor(this.#trace, this.#key()),
      masked: this.#discreet,
    }
  }

  #learned(): Mask {
    const mask = new Mask()
    const { definition, state, stages, log } = this.#trace
    if (definition) mask.learn(state.started.input, personalInput(definition))
    for (const stage of stages) {
      const { request, undoRequest, result } = this.#of(stage.id)
      mask.learn(stage.do?.request, request)
      mask.learn(stage.undo?.request, undoRequest)
      mask.learn(stage.state.result, result)
    }
    for (const { fact } of log)
      if ('stage' in fact && fact.stage) mask.learn(dataOf(fact), this.#of(fact.stage).result)
    return mask
  }

  #key(): string {
    const { key, definition } = this.#trace
    if (!this.#discreet) return key
    return definition && hasPersonalSagaKey(definition) ? masked : (this.#mask?.text(key) ?? key)
  }

  #text(text: string): string {
    return this.#discreet ? (this.#mask?.text(text) ?? masked) : text
  }

  #data(data: unknown, paths: readonly string[]): unknown {
    if (data === undefined || !this.#discreet) return data
    return this.#mask ? this.#mask.data(data, paths) : masked
  }

  #of(id: string): PersonalStage {
    return this.#stages.get(id) ?? unclassified
  }

  #waits({ id, stage, known, state }: StageTrace): Row['waits'] {
    if (known !== 'waits' || !state.waiting) return []
    const { what, until } = state.waiting
    const choices = stage?.kind === 'decide' ? [...stage.options] : undefined
    return [{ step: id, for: this.#text(what), until, choices }]
  }

  #needs({ id, state }: StageTrace): Row['needs'] {
    const doing = this.#trace.state.turned ? 'undo' : 'do'
    const { status, error, unsure, sent } = state[doing]
    if (status !== 'stuck') return []
    const { code = '', reason = '' } = error ?? {}
    return [{ step: id, doing, code, reason: this.#text(reason), unsure: unsure || sent }]
  }

  #entry({ fact, at, version }: Recorded): Entry {
    const step = 'stage' in fact ? fact.stage : undefined
    const result = step === undefined ? [] : this.#of(step).result
    const { definition } = this.#trace
    const paths = fact.type === 'started' && definition ? personalInput(definition) : result
    const told = toldOf(fact)
    return {
      n: version,
      at,
      what: fact.type,
      step,
      doing: 'doing' in fact ? fact.doing : undefined,
      ...told,
      reason: told.reason === undefined ? undefined : this.#text(told.reason),
      for: told.for === undefined ? undefined : this.#text(told.for),
      data: this.#data(dataOf(fact), paths),
    }
  }

  #step({ id, stage, known, state, do: done, undo }: StageTrace): SagaDetail['steps'][number] {
    const { request, undoRequest, result } = this.#of(id)
    return {
      step: id,
      kind: stage?.kind,
      pivot: (stage?.kind === 'step' && stage.isPivot) || undefined,
      known,
      do: done && this.#effect(done, request),
      undo: undo && this.#effect(undo, undoRequest),
      result: this.#data(state.result ?? undefined, result),
    }
  }

  #effect({ channel, effectKey, request, progress }: TracedEffect, paths: readonly string[]) {
    const { status, attempts, due, error } = progress
    return {
      channel: this.#text(channel),
      effectKey,
      request: this.#data(request, paths),
      status,
      attempts,
      due: status === 'open' ? due : undefined,
      error: error && { ...error, reason: this.#text(error.reason) },
    }
  }
}

function dataOf(fact: SagaFact): unknown {
  switch (fact.type) {
    case 'started':
      return fact.input
    case 'done':
    case 'resumed':
      return fact.result ?? undefined
    case 'received':
      return fact.data
    case 'joined':
      return fact.results
    default:
      return undefined
  }
}

/** What a fact says beside its data. */
function toldOf(fact: SagaFact): Partial<Entry> {
  switch (fact.type) {
    case 'started':
      return { by: fact.by }
    case 'sent':
      return { attempts: fact.attempt }
    case 'done':
      return { attempts: fact.attempts }
    case 'setback':
      return { ...failureOf(fact), until: fact.due }
    case 'outdated': {
      const { attempts, code, reason, reads, due } = fact
      return { attempts, code, reason, for: reads, until: due }
    }
    case 'failed':
    case 'stuck':
      return failureOf(fact)
    case 'waiting':
      return { for: fact.what, until: fact.until }
    case 'elapsed':
      return { how: fact.late, delay: fact.delay }
    case 'decided':
      return { how: fact.choice, by: fact.by, why: fact.why }
    case 'locked':
      return { for: fact.on }
    case 'turned':
      return { reason: fact.reason, by: fact.by }
    case 'resumed':
      return { how: fact.how, by: fact.by, why: fact.why }
    case 'paused':
    case 'continued':
    case 'taken':
    case 'released':
      return { by: fact.by, why: fact.why }
    case 'ended':
      return { how: fact.outcome }
    default:
      return {}
  }
}

function failureOf({
  attempts,
  code,
  reason,
  unsure,
}: Extract<SagaFact, { type: 'setback' | 'failed' | 'stuck' }>): Partial<Entry> {
  return { attempts, code, reason, unsure: unsure || undefined }
}
