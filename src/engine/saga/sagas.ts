import { IsthmusError } from '../../errors.ts'
import type { SagaEvent } from '../../flow/saga/saga-event.ts'
import type { DecideStage, SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages } from '../../flow/saga/stage.ts'
import type { Json } from '../../message/json-value.ts'
import type { Append } from '../../store/store.ts'
import { patiently } from '../host.ts'
import { fitting } from '../plan.ts'
import type { Want } from './advance.ts'
import { Alarms } from './alarms.ts'
import { type Attention, attended, requireHands } from './attending.ts'
import { joinChild, recallChild } from './children.ts'
import { Inbox } from './inbox.ts'
import { Locks } from './locks.ts'
import { isPivotDone, isPivotUnderWay, performCall } from './perform.ts'
import type { Doing, SagaFact } from './saga-fact.ts'
import {
  definitionFor,
  heldReason,
  needOf,
  readFact,
  readSagaLog,
  type SagaStatus,
  sagaStream,
  shapeOf,
} from './saga-log.ts'
import { type Outcome, SagaRun, type SagaRunOptions, sagaAppend, sagaId } from './saga-run.ts'
import { evolve, foldSaga, newStage, type SagaState } from './saga-state.ts'
import type { SagasOptions, Start } from './sagas-options.ts'

/** Sagas that are taken up together. */
const page = 500
/** Milliseconds after which the next are poked though many are at work, and how often that is looked at meanwhile. */
const patience = { most: 200, step: 10 }

/** Runs the sagas of a landscape. */
export class Sagas {
  readonly options: SagasOptions
  readonly #runs = new Map<string, SagaRun>()
  readonly #atWork = new Set<SagaRun>()
  /** What all runs have in common. */
  readonly #common: SagaRunOptions
  readonly #locks = new Locks()
  readonly #inbox: Inbox
  /** Sagas whose definition is not here, and why: they wait for a release that has it. */
  readonly held = new Map<string, string>()
  #stopping = false

  constructor(options: SagasOptions) {
    this.options = options
    const { store, token, host, onFatal } = options
    this.#common = {
      ...{ store, token, host, onFatal },
      atWork: this.#atWork,
      alarms: new Alarms(host),
      perform: (self, want, now) => this.#perform(self, want, now),
      onChanged: (self, now, status) => this.#changed(self, now, status),
    }
    this.#inbox = new Inbox(options, id => this.#runs.get(id)?.poke())
  }

  /** The definition with which a saga of this name begins now. Throws CONTROL-REFUSED if there is none. */
  current(name: string): SagaDefinition {
    const versions = this.options.definitions.filter(each => each.name === name)
    const newest = versions.sort((a, b) => b.version - a.version)[0]
    if (!newest) throw refused(`There is no saga "${name}".`)
    return newest
  }

  /** Takes up what an earlier process left. Nothing is called before `start`. */
  async recover(): Promise<void> {
    for (const name of new Set(this.options.definitions.map(definition => definition.name))) {
      let after: { kind: string; key: string } | undefined
      for (;;) {
        const { kind } = sagaStream(name, '')
        const heads = await this.#read(() =>
          this.options.store.read.streams.heads({ kind, open: true, after, limit: page }),
        )
        await Promise.all(heads.map(({ key }) => this.#takeUp(name, key)))
        const last = heads.at(-1)
        if (!last) break
        after = { kind, key: last.key }
      }
    }
  }

  /** Some after others, so that what many do at once does not fill the memory. */
  start(runs = [...this.#runs.values()], waited = 0): void {
    const { host } = this.options
    const { most, step } = patience
    if (this.#stopping || runs.length === 0) return
    if (this.running > page && waited < most)
      return void host.after(step, () => this.start(runs, waited + step))
    for (const run of runs.slice(0, page)) run.poke()
    host.soon(() => this.start(runs.slice(page)))
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all([...this.#runs.values()].map(run => run.stop()))
  }

  /** How many sagas wait for the locks of others. */
  get waitingForLocks(): number {
    return this.#locks.waiting
  }

  get running(): number {
    return this.#atWork.size
  }

  /** Sagas that are known to this process: under way, or waiting. */
  get kept(): number {
    return this.#runs.size
  }

  /**
   * Begins a saga, or finds that it has begun. Resolves when that is durable, with its key. Throws TARGET-REFUSED if there is
   * another one of this key.
   */
  async begin(definition: SagaDefinition, start: Start): Promise<string> {
    const input = fitting(definition.model, start.input) as Json
    const key = definition.key(input)
    if (key === '') throw new IsthmusError('TARGET-REFUSED', `Saga ${definition.name}: the input has no key`)
    if (this.#stopping) throw stopping()
    const { startId, cause, by, parent } = start
    const fact: SagaFact = {
      type: 'started',
      input,
      startId,
      cause,
      by,
      definition: { version: definition.version, shape: shapeOf(definition) },
      parent,
    }
    const state = evolve(undefined, { fact, at: this.options.host.now(), version: 1 })
    const append = sagaAppend({ definition, key }, 0, state, [fact], this.options.host.now())
    const version = await this.#append(append)
    if (version === undefined) return await this.#same(definition, key, startId)
    const run = this.#run(definition, key, state, true)
    if (parent) this.#locks.joins(sagaId(parent.saga, parent.key), run.id)
    this.#changed(run, state, 'running')
    run.poke()
    return key
  }

  /** Keeps an event for the sagas that wait for it, or will. Resolves when that is durable. */
  async receive(event: SagaEvent<unknown>, data: unknown, id: string): Promise<void> {
    if (this.#stopping) throw stopping()
    await this.#inbox.receive(event, data, id)
  }

  /** A person's answer to a question. Throws CONTROL-REFUSED when nobody asks, or not for that. */
  async decide(
    name: string,
    key: string,
    choice: { stage: string; choice: string; by: string; why: string },
  ) {
    const run = this.#known(name, key)
    const stage = [...allStages(run.definition.stages)].find(each => each.id === choice.stage)
    await run.tell(state => {
      requireHands(run.id, state, choice.by)
      const waits = state.stages.get(choice.stage)?.waiting !== undefined && !state.turned
      if (stage?.kind !== 'decide' || !waits || state.stages.get(choice.stage)?.do.status === 'done')
        throw refused(`Saga ${run.id} does not wait for a decision called "${choice.stage}".`)
      return [decisionOf(stage, choice)]
    })
  }

  /**
   * Lets a saga go on that needs a person: `retry` tries the step again, `confirm` says that it has happened, `undo` turns
   * the saga back. Throws CONTROL-REFUSED where that cannot be.
   */
  async resume(
    name: string,
    key: string,
    person: { stage?: string; how: 'retry' | 'confirm' | 'undo'; result?: Json; by: string; why: string },
  ): Promise<void> {
    const run = this.#known(name, key)
    await run.tell(state => {
      requireHands(run.id, state, person.by)
      if (person.how === 'undo') return [turnedBy(run, state, person)]
      const [stage, doing] = stuckIn(state, person.stage)
      if (!stage)
        throw refused(
          `Saga ${run.id} has no step that waits for a person${person.stage ? ` called "${person.stage}"` : ''}.`,
        )
      const { how, result, by, why } = person
      const reads = how === 'retry' ? readsFirst(run.definition, state, stage, doing) : undefined
      return [{ type: 'resumed', stage, doing, how, result, reads, by, why }]
    })
  }

  /** Lets a saga rest or go on, or says who works on it. Throws CONTROL-REFUSED where that makes no sense. */
  async attend(name: string, key: string, attention: Attention): Promise<void> {
    const run = this.#known(name, key)
    await run.tell(state => [attended(run.id, state, attention)])
  }

  /** Asks the saga itself what it makes of something new. */
  poke(name: string, key: string): void {
    this.#runs.get(sagaId(name, key))?.poke()
  }

  /** The run of a saga, which may have ended already: then it is taken up again, unless its version is not here. */
  async reopen(name: string, key: string): Promise<SagaRun | 'never begun' | 'held'> {
    const run = this.#runs.get(sagaId(name, key))
    if (run) return run
    const state = foldSaga(await this.#read(() => readSagaLog(this.options.store.read, name, key)))
    if (!state) return 'never begun'
    const definition = this.#definitionOf(name, state)
    if (definition) return this.#runs.get(sagaId(name, key)) ?? this.#run(definition, key, state)
    this.#hold(name, key, state)
    return 'held'
  }

  /** An ended saga needs no run. */
  forget(run: SagaRun): void {
    this.#runs.delete(run.id)
  }

  async #same(definition: SagaDefinition, key: string, startId: string): Promise<string> {
    const [first] = await this.#read(() =>
      this.options.store.read.streams.events({ ...sagaStream(definition.name, key), limit: 1 }),
    )
    const fact = first && readFact(first).fact
    if (fact?.type === 'started' && fact.startId === startId) return key
    throw new IsthmusError(
      'TARGET-REFUSED',
      `Saga ${sagaId(definition.name, key)} was begun before, by another message.`,
    )
  }

  async #takeUp(name: string, key: string): Promise<void> {
    const state = foldSaga(await this.#read(() => readSagaLog(this.options.store.read, name, key)))
    if (!state) return
    const { parent } = state.started
    if (parent) this.#locks.joins(sagaId(parent.saga, parent.key), sagaId(name, key))
    for (const [, { locked }] of state.stages)
      if (locked !== undefined) this.#locks.acquire(locked, sagaId(name, key))
    const definition = this.#definitionOf(name, state)
    if (definition) this.#run(definition, key, state)
    else this.#hold(name, key, state)
  }

  #definitionOf(name: string, state: SagaState): SagaDefinition | undefined {
    return definitionFor(this.options.definitions, name, state)
  }

  #hold(name: string, key: string, state: SagaState): void {
    const reason = heldReason(state)
    this.held.set(sagaId(name, key), reason)
    this.options.watch({ type: 'saga', saga: name, key, status: 'needs person', reason, ms: 0 })
  }

  #run(definition: SagaDefinition, key: string, state: SagaState, isNew = false): SagaRun {
    const run = new SagaRun(definition, key, this.#common, state, isNew)
    this.#runs.set(run.id, run)
    return run
  }

  #changed(run: SagaRun, state: SagaState, status: SagaStatus): void {
    const { definition, key } = run
    const { turned, started } = state
    const ms = this.options.host.now() - state.began
    const reason = needOf(state) ?? turned?.reason
    this.options.watch({ type: 'saga', saga: definition.name, key, status, reason, ms })
    if (turned || state.ended) {
      this.#inbox.forget(run.id)
      this.#locks.withdraw(run.id)
    }
    if (!state.ended) return
    this.#runs.delete(run.id)
    const { parent } = started
    const released = this.#locks.release(run.id, parent && sagaId(parent.saga, parent.key))
    for (const other of released) this.#runs.get(other)?.poke()
    if (parent) this.poke(parent.saga, parent.key)
  }

  async #perform(run: SagaRun, want: Want, state: SagaState): Promise<Outcome> {
    const { landscape, host } = this.options
    const { definition } = run
    switch (want.kind) {
      case 'call': {
        const id = want.doing === 'do' ? want.stage.id : `${want.stage.id}:undo`
        const channel = this.options.channel(definition, id)
        return await performCall(run, want, state, { landscape, host, channel })
      }
      case 'event':
        return await this.#inbox.take(run.id, want, state)
      case 'lock':
        return this.#lock(run, want)
      case 'child':
        return want.doing === 'do'
          ? await joinChild(this, run, want, state)
          : await recallChild(this, run, want, state)
      case 'time':
        return undefined
    }
  }

  #lock(run: SagaRun, { stage, on }: Extract<Want, { kind: 'lock' }>): Outcome {
    const got = this.#locks.acquire(on, run.id)
    if (got === 'held') return () => [{ type: 'locked', stage: stage.id, on }]
    if (got === 'waits') return undefined
    const reason = `"${on}" is locked by ${this.#locks.holder(on)}; sagas would wait for each other: ${[...got, run.id].join(', ')}`
    this.options.watch({ type: 'deadlock', on, sagas: got })
    return () => [
      { type: 'failed', stage: stage.id, attempts: 1, unsure: false, code: 'SAGA-DEADLOCK', reason },
    ]
  }

  #known(name: string, key: string): SagaRun {
    const id = sagaId(name, key)
    const run = this.#runs.get(id)
    if (run) return run
    throw refused(this.held.get(id) ?? `There is no saga ${id} under way.`)
  }

  /** The new version, or nothing if the stream has gone on. */
  async #append(append: Append): Promise<number | undefined> {
    const { host, store, token, onFatal } = this.options
    try {
      const [appended] = await patiently(host, () => store.append([append], token))
      return appended?.status === 'appended' ? appended.version : undefined
    } catch (error) {
      onFatal(error)
      return new Promise(() => {})
    }
  }

  async #read<T>(query: () => Promise<T>): Promise<T> {
    try {
      return await patiently(this.options.host, query)
    } catch (error) {
      this.options.onFatal(error)
      return new Promise(() => {})
    }
  }
}

function decisionOf(
  stage: DecideStage,
  { choice, by, why }: { readonly choice: string; readonly by: string; readonly why: string },
): SagaFact {
  if (stage.options.includes(choice)) return { type: 'decided', stage: stage.id, choice, by, why }
  throw refused(`"${choice}" is none of the choices: ${stage.options.join(', ')}.`)
}

function turnedBy(
  run: SagaRun,
  state: SagaState,
  { stage, by, why }: { readonly stage?: string; readonly by: string; readonly why: string },
): SagaFact {
  const { stages } = run.definition
  if (state.ended) throw refused(`Saga ${run.id} has ended: ${state.ended}.`)
  if (state.turned) throw refused(`Saga ${run.id} is being taken back already.`)
  if (isPivotDone(stages, state)) throw refused(`Saga ${run.id} is behind its pivot: there is no way back.`)
  if (isPivotUnderWay(stages, state, run.forward, stage))
    throw refused(`The pivot of saga ${run.id} may have happened already: try again when that is known.`)
  return { type: 'turned', reason: why, running: run.forward, by }
}

/** The step that waits for a person; with a name, that one if it does. */
function stuckIn(state: SagaState, name: string | undefined): readonly [string | undefined, Doing] {
  const doing = state.turned ? 'undo' : 'do'
  for (const [id, stage] of state.stages)
    if ((name === undefined || name === id) && (stage ?? newStage)[doing].status === 'stuck')
      return [id, doing]
  return [undefined, doing]
}

/** The stage that reads again before a write is tried again that was refused since what that had read had changed. */
function readsFirst(
  { stages }: SagaDefinition,
  state: SagaState,
  id: string,
  doing: Doing,
): string | undefined {
  const stage = [...allStages(stages)].find(each => each.id === id)
  const isOutdated = doing === 'do' && state.stages.get(id)?.do.error?.code === 'TARGET-CHANGED'
  return isOutdated && stage?.kind === 'step' ? stage.compares : undefined
}

function refused(text: string): IsthmusError {
  return new IsthmusError('CONTROL-REFUSED', text)
}

function stopping(): IsthmusError {
  const detail = { uncounted: true }
  return new IsthmusError('TARGET-UNAVAILABLE', 'Sagas take nothing while the engine stops.', { detail })
}
