import type { SagaDefinition } from '../../flow/saga/stage.ts'
import type { Append, Store } from '../../store/store.ts'
import { type Host, patiently } from '../host.ts'
import { advance, openSteps, runningId, type SagaClock, type Want } from './advance.ts'
import type { Alarms, Sleeper } from './alarms.ts'
import { Dues } from './dues.ts'
import type { SagaFact } from './saga-fact.ts'
import { readSagaLog, type SagaStatus, sagaStream, statusOf, writtenFact } from './saga-log.ts'
import { evolve, foldSaga, type SagaState } from './saga-state.ts'

/** What all runs have in common. */
export interface SagaRunOptions {
  readonly store: Store
  readonly token: number
  readonly host: Host
  /** Does what a saga wants and gives what came of it; nothing where that is told by a later `poke`. Never rejects. */
  readonly perform: (run: SagaRun, want: Want, state: SagaState) => Promise<Outcome>
  /** Told after each change that is durable. */
  readonly onChanged: (run: SagaRun, state: SagaState, status: SagaStatus) => void
  readonly onFatal: (error: unknown) => void
  /** Runs that are not at rest: this one is in it while it is not. */
  readonly atWork: Set<SagaRun>
  readonly alarms: Alarms
}

/** Facts, by the state at the time when they are recorded. */
export type Outcome = ((state: SagaState) => readonly SagaFact[]) | undefined

const none: ReadonlySet<string> = new Set()
const settled = Promise.resolve()

/**
 * One saga under way. Facts are recorded one group after another; each group holds what follows from it at once. What is
 * in memory can be forgotten at any time: the log says the same. There may be many that wait, so that one at rest is kept small.
 */
export class SagaRun implements Sleeper {
  readonly id: string
  readonly definition: SagaDefinition
  readonly key: string
  readonly #options: SagaRunOptions
  due = 0
  place = -1
  #running = none
  /** There once a time has been asked for: most that wait wait for something else. */
  #dues: Dues | undefined
  /** Steps that an earlier process may have begun, until they are taken up again: what may be repeated is called without a note. */
  #left = none
  #isTakenUp: boolean
  /** Of those, the ones of which nothing has been heard since. */
  #unheard = none
  #state: SagaState | undefined
  #turn: Promise<unknown> = settled
  #turns = 0
  /** How often something may have come: who looked before looks again. */
  #pokes = 0
  #stopped = false
  #idle: PromiseWithResolvers<void> | undefined

  /** `isNew`: this process has just begun it. */
  constructor(
    definition: SagaDefinition,
    key: string,
    options: SagaRunOptions,
    state: SagaState,
    isNew: boolean,
  ) {
    this.id = sagaId(definition.name, key)
    this.definition = definition
    this.key = key
    this.#options = options
    this.#state = state
    this.#isTakenUp = isNew
  }

  /** Nothing is under way: everything it waits for comes from outside. */
  get isAtRest(): boolean {
    return this.#running.size === 0 && this.#turns === 0
  }

  /** Steps under way, but those that take something back; also those that an earlier process may have left so. */
  get forward(): readonly string[] {
    const forward = [...this.#running].filter(id => !id.endsWith(':undo'))
    return this.#left.size === 0 ? forward : [...new Set([...forward, ...this.#left])]
  }

  /** Whether an earlier process may have called a step, and nothing has been heard of that since. */
  mayHaveCalled(stage: string): boolean {
    return this.#unheard.has(stage)
  }

  /** Records what follows from the state, and does what is wanted then. Rejects with what `make` throws. */
  tell(make: (state: SagaState) => readonly SagaFact[]): Promise<SagaState> {
    this.#turns++
    this.#options.atWork.add(this)
    const turn = this.#turn.then(() => this.#take(make))
    const end = () => this.#endTurn()
    this.#turn = turn.then(end, end)
    return turn
  }

  /** Something may have come that it waits for. */
  poke(): void {
    this.#pokes++
    this.#lookAgain()
  }

  /** Begins nothing new. Resolves when what is under way has been recorded. */
  stop(): Promise<void> {
    this.#stopped = true
    this.#options.alarms.set(this, undefined)
    this.#idle ??= Promise.withResolvers()
    this.#rest()
    return this.#idle.promise
  }

  #takeUp(state: SagaState): void {
    this.#isTakenUp = true
    this.#left = openSteps(this.definition, state, this.#clock())
    this.#unheard = this.#left
  }

  #clock(now = this.#options.host.now()): SagaClock {
    return {
      now,
      left: (id, due) => {
        this.#dues ??= new Dues(this.#options.host)
        return this.#dues.left(id, due)
      },
    }
  }

  /** Not counted as a poke: two that look at one time would send each other to look for ever. */
  #lookAgain(): void {
    void this.tell(() => []).catch(() => {})
  }

  async #take(make: (state: SagaState) => readonly SagaFact[]): Promise<SagaState> {
    const state = this.#state ?? (await this.#load())
    if (!this.#isTakenUp) this.#takeUp(state)
    const grown = this.#grow(state, make(state))
    // Who looks meanwhile for what is not wanted any more is not waited for: the way back begins when they have ended.
    if (grown.state.turned && !state.turned) this.#pokes++
    if (grown.facts.length > 0) await this.#record(state, grown.state, grown.facts)
    this.#state = grown.state
    if (grown.facts.length > 0) this.#options.onChanged(this, grown.state, statusOf(grown.state))
    this.#pursue(grown.wants, grown.state)
    // While it is paused they are not taken up again.
    if (!grown.state.paused) this.#left = none
    return grown.state
  }

  /** Adds to the facts what follows from them at once. */
  #grow(
    before: SagaState,
    first: readonly SagaFact[],
  ): { readonly state: SagaState; readonly facts: readonly SagaFact[]; readonly wants: readonly Want[] } {
    const at = this.#options.host.now()
    const facts: SagaFact[] = []
    let state = before
    let more = first
    for (;;) {
      for (const fact of more) {
        facts.push(fact)
        state = evolve(state, { fact, at, version: state.version + 1 })
      }
      const next = advance(this.definition, state, this.#clock(at), this.#running, this.#left)
      if (next.facts.length === 0) return { state, facts, wants: next.wants }
      more = next.facts
    }
  }

  async #record(before: SagaState, after: SagaState, facts: readonly SagaFact[]): Promise<void> {
    const { store, token, host, onFatal } = this.#options
    const append = sagaAppend(this, before.version, after, facts, host.now())
    try {
      const [appended] = await patiently(host, () => store.append([append], token))
      if (appended?.status === 'appended') return
      throw new Error(`the log of saga ${this.id} was written by somebody else`)
    } catch (error) {
      onFatal(error)
      return new Promise(() => {})
    }
  }

  async #load(): Promise<SagaState> {
    const { store, host, onFatal } = this.#options
    try {
      const log = await patiently(host, () => readSagaLog(store.read, this.definition.name, this.key))
      const state = foldSaga(log)
      if (!state) throw new Error(`the log of saga ${this.id} is gone`)
      return state
    } catch (error) {
      onFatal(error)
      return new Promise(() => {})
    }
  }

  #pursue(wants: readonly Want[], state: SagaState): void {
    if (this.#stopped) return
    const { alarms, host, perform } = this.#options
    const left = wants.flatMap(want => (want.kind === 'time' ? [want.left()] : []))
    alarms.set(this, left.length > 0 ? host.monotonic() + Math.min(...left) : undefined)
    for (const want of wants) {
      if (want.kind === 'time') continue
      const id = runningId(want.stage, 'doing' in want ? want.doing : 'do')
      if (this.#running.has(id)) continue
      this.#running = new Set(this.#running).add(id)
      const seen = this.#pokes
      void perform(this, want, state).then(outcome => this.#ended(id, outcome, seen))
    }
  }

  #ended(id: string, outcome: Outcome, seen: number): void {
    if (!outcome) {
      this.#running = without(this.#running, id)
      if (this.#pokes > seen) this.#lookAgain()
      this.#rest()
      return
    }
    void this.tell(state => {
      this.#running = without(this.#running, id)
      const facts = outcome(state)
      this.#unheard = without(this.#unheard, id)
      return facts
    })
  }

  #endTurn(): void {
    this.#turns--
    this.#rest()
  }

  /** A saga that only waits is not kept in memory. */
  #rest(): void {
    if (!this.isAtRest) return
    this.#options.atWork.delete(this)
    this.#state = undefined
    this.#turn = settled
    this.#idle?.resolve()
  }
}

function without(all: ReadonlySet<string>, one: string): ReadonlySet<string> {
  if (!all.has(one)) return all
  return all.size === 1 ? none : all.difference(new Set([one]))
}

export function sagaId(name: string, key: string): string {
  return `${name}/${key}`
}

/** How facts are put into the log, with what they make of the saga. */
export function sagaAppend(
  { definition, key }: Pick<SagaRun, 'definition' | 'key'>,
  version: number,
  after: SagaState,
  facts: readonly SagaFact[],
  at: number,
): Append {
  return {
    ...sagaStream(definition.name, key),
    version,
    events: facts.map(fact => writtenFact(fact, at)),
    state: statusOf(after),
    open: after.ended === undefined,
  }
}
