import { IsthmusError } from '../errors.ts'
import type { Problem } from '../model/schema-validator.ts'
import type { Claim, Entry, FlowState, Settled, Store, Unfinished } from '../store/store.ts'
import { Cursor } from './cursor.ts'
import { DueQueue } from './due-queue.ts'
import type { EffectChannel } from './effects.ts'
import type { Watcher } from './events.ts'
import { FlowJournal } from './flow-journal.ts'
import type { Host } from './host.ts'
import { type Lane, Lanes, type Task } from './lanes.ts'
import type { FlowLimits } from './limits.ts'
import type { Plan } from './plan.ts'
import { Room } from './room.ts'
import { type MessageContext, runMessage, standOf, type Verdict } from './run-message.ts'
import { type Fact, Settler } from './settler.ts'
import { judgeCrashes, Suspects } from './suspects.ts'

export interface RunnerOptions {
  readonly plan: Plan
  readonly landscape: string
  readonly store: Store
  readonly host: Host
  readonly claim: Claim
  readonly limits: FlowLimits
  readonly channels: ReadonlyMap<string, EffectChannel>
  readonly watch: Watcher
  readonly onFatal: (error: unknown) => void
}

/** Messages of one key in memory; more are held in the store, so that a busy key leaves room for the others. */
const laneLimit = 32

/** How long a flow waits when every message would fail alike, milliseconds. */
const pauseLength = 5_000

/**
 * Works off one flow: takes messages from the journal in order, runs those of different keys side by side and those of
 * one key one after another, and records what becomes of each.
 *
 * A message is *in memory* from being admitted until its outcome or its row is durable. Then the next of its key may
 * begin, not before: a repeat after a crash can thus never undo the effect of a later message.
 */
export class FlowRunner {
  readonly flow: string
  readonly #options: RunnerOptions
  readonly #cursor: Cursor
  readonly #lanes = new Lanes()
  readonly #journal: FlowJournal
  readonly #settler: Settler
  readonly #due: DueQueue
  readonly #idle: (() => void)[] = []
  readonly #room: Room
  readonly #suspects: Suspects
  readonly #context: MessageContext
  #head: number
  /** The last message accepted before this process began. */
  readonly #recovered: number
  /** Messages behind the cursor that an earlier process has set aside. */
  readonly #rowsAhead = new Set<number>()
  /** Those of them that are held: what was accepted before them may have been in memory only. */
  readonly #heldAhead = new Set<number>()
  /** Messages about which a person's decision is being recorded. */
  readonly #deciding = new Set<number>()
  /** True while every accepted message has been admitted, so that the next may come straight from intake. */
  #live = false
  #reading = false
  #started = false
  /** True while due messages wait until there is room for them in memory. */
  #crowded = false
  /** Keys whose held messages wait for the same. */
  readonly #starved = new Set<string>()
  #stopping = false
  #paused: string | undefined

  constructor(options: RunnerOptions, state: FlowState | undefined) {
    this.flow = options.plan.flow.name
    this.#options = options
    this.#cursor = new Cursor(state?.cursors[0]?.cursor ?? 0)
    this.#head = state?.head ?? 0
    this.#recovered = this.#head
    this.#room = new Room(options.limits)
    const { clean, token } = options.claim
    this.#suspects = new Suspects({ clean, recovered: this.#head, most: options.limits.messages })
    this.#due = new DueQueue(options.host, () => void this.#takeDue())
    this.#journal = new FlowJournal({ ...options, flow: this.flow })
    this.#settler = new Settler({
      ...options,
      flow: this.flow,
      token,
      partition: 0,
      cursor: this.#cursor,
      onRecorded: (facts, ms) =>
        options.watch({ type: 'recorded', flow: this.flow, facts: facts.length, ms }),
    })
    this.#context = {
      ...options,
      channel: id => options.channels.get(id) as EffectChannel,
      record: unfinished => this.#settler.record({ unfinished }),
    }
  }

  /** `again`: those of the messages in memory that have a row in the store. */
  get state(): {
    readonly inMemory: number
    readonly again: number
    readonly waiting: number
    /** Messages of an earlier process that are not passed yet: some of them may have ended. */
    readonly isCatchingUp: boolean
    readonly paused: string | undefined
  } {
    const isCatchingUp = this.#cursor.last < this.#recovered
    const waiting = this.#head - this.#cursor.last
    const { messages: inMemory, again } = this.#room
    return { inMemory, again, waiting, isCatchingUp, paused: this.#paused }
  }

  /** Takes up the rows that an earlier process left. After a crash, finds the messages that may have caused it. */
  async recover(): Promise<void> {
    let after = 0
    for (;;) {
      const rows = await this.#journal.rows(after, 1000)
      for (const row of rows) this.#takeUp(row)
      const last = rows.at(-1)
      if (!last) return
      after = last.seq
    }
  }

  #takeUp(row: Unfinished): void {
    const lane = this.#lanes.get(row.key)
    const isAhead = row.seq > this.#cursor.last
    if (isAhead) this.#rowsAhead.add(row.seq)
    if (row.status === 'held' && isAhead) this.#heldAhead.add(row.seq)
    else if (row.status === 'held') lane.held++
    else if (row.status === 'running') {
      this.#suspects.add(row)
      lane.blockedBy ??= row.seq
    } else if (this.#blocks(row)) {
      lane.blockedBy ??= row.seq
      if (row.status === 'retrying') this.#due.add(row)
    } else lane.gaps++
  }

  /**
   * Runs, one at a time while nothing else runs in the process, the messages that were running when it died. Ends
   * before `start`.
   */
  async runSuspects(): Promise<void> {
    for (const row of this.#suspects.take()) {
      const [task] = await this.#journal.load([row])
      if (!task) continue
      const lane = this.#lanes.get(row.key)
      if (lane.blockedBy === row.seq) lane.blockedBy = undefined
      lane.running = true
      this.#room.enter(task)
      await this.#process(task, lane, judgeCrashes(row))
    }
  }

  start(): void {
    this.#started = true
    this.#sweep()
    void this.#takeDue()
    void this.#read()
  }

  /** A message that has just been accepted; `data` are its decoded data, if they were decoded. */
  offer(entry: Entry, data: unknown): void {
    this.#head = Math.max(this.#head, entry.seq)
    if (this.#live && this.#mayAdmit() && this.#cursor.last === entry.seq - 1) {
      this.#admit({ entry, data, row: undefined })
    } else {
      this.#live = false
      void this.#read()
    }
  }

  /** Begins nothing new; resolves when what is running has been recorded. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#due.stop()
    await new Promise<void>(resolve => {
      this.#idle.push(resolve)
      this.#checkIdle()
    })
    await this.#settler.drained()
  }

  /** A row that was set aside waits no longer: it runs again as it is given. Throws CONTROL-REFUSED if it has gone on. */
  async resume(row: Unfinished): Promise<void> {
    await this.#decide(row.seq, { unfinished: row })
    const lane = this.#lanes.get(row.key)
    if (lane.blockedBy !== row.seq && lane.gaps > 0) lane.gaps--
    this.#due.remove(row.seq)
    this.#due.add(row)
  }

  /** A row that was set aside ends. Throws CONTROL-REFUSED if it has gone on. */
  async end(row: Unfinished, settled: Settled): Promise<void> {
    await this.#decide(row.seq, { settled })
    this.#due.remove(row.seq)
    const lane = this.#lanes.get(row.key)
    if (lane.blockedBy === row.seq) lane.blockedBy = undefined
    else if (lane.gaps > 0) lane.gaps--
    const { flow } = this
    this.#options.watch({ type: 'ended', flow, key: row.key, seq: row.seq, outcome: settled.outcome, ms: 0 })
    if (!lane.running) this.#next(row.key, lane)
  }

  /** Of two decisions about one message the second is refused, however close they are. */
  async #decide(seq: number, fact: Fact): Promise<void> {
    const refused = () =>
      new IsthmusError('CONTROL-REFUSED', `Message ${seq} has been decided about in the meantime.`)
    if (this.#deciding.has(seq)) throw refused()
    this.#deciding.add(seq)
    try {
      const [row] = await this.#journal.rows(seq - 1, 1)
      if (row?.seq !== seq || (row.status !== 'parked' && row.status !== 'doubt')) throw refused()
      await this.#settler.record(fact)
    } finally {
      this.#deciding.delete(seq)
    }
  }

  async #read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    while (!this.#live && this.#mayAdmit() && this.#room.isAmple) {
      const after = this.#cursor.last
      const limit = this.#room.for(256)
      const { bytes } = this.#room
      const load = async () => {
        const entries = await this.#journal.entries({ after, limit, bytes })
        return { entries, known: await this.#knownOf(entries) }
      }
      const count = await this.#room.keep(limit, load, ({ entries, known }) => {
        if (this.#stopping) return undefined
        for (const entry of entries) {
          if (known.has(entry.seq)) this.#skip(entry)
          else this.#admit({ entry, data: undefined, row: undefined })
        }
        return entries.length
      })
      if (count === undefined) break
      this.#useRoom()
      if (this.#cursor.last >= this.#head) this.#live = true
      else if (count === 0) await this.#journal.lost(`message ${after + 1}`)
    }
    this.#reading = false
  }

  /** Which of these messages an earlier process has ended or set aside although the cursor stands before them. */
  async #knownOf(entries: readonly Entry[]): Promise<ReadonlySet<number>> {
    const from = entries[0]?.seq
    if (from === undefined || from > this.#recovered) return this.#rowsAhead
    const to = entries.at(-1)?.seq ?? from
    return this.#rowsAhead.union(await this.#journal.ended(from, to))
  }

  #skip({ seq, key }: Entry): void {
    this.#rowsAhead.delete(seq)
    this.#cursor.admit(seq)
    this.#cursor.cover(seq)
    if (!this.#heldAhead.delete(seq)) return
    this.#lanes.get(key).held++
    // Begins once all that was read with it has its place.
    this.#starved.add(key)
  }

  #mayAdmit(): boolean {
    const { limits } = this.#options
    if (!this.#started || this.#stopping || this.#paused !== undefined) return false
    return this.#due.size < limits.retrying && this.#room.for(1) > 0
  }

  #admit(task: Task): void {
    this.#cursor.admit(task.entry.seq)
    this.#enter(task)
  }

  #enter(task: Task): void {
    const lane = this.#lanes.get(task.entry.key)
    this.#room.enter(task)
    if (lane.blockedBy === task.entry.seq) lane.blockedBy = undefined
    const crowded = task.row === undefined && (lane.held > 0 || lane.queue.length >= laneLimit)
    if (lane.blockedBy !== undefined || crowded) this.#hold(task, lane)
    else if (lane.running || this.#paused !== undefined) {
      lane.queue.push(task)
      this.#settler.hurry()
    } else this.#run(task, lane)
  }

  #run(task: Task, lane: Lane): void {
    lane.running = true
    void this.#process(task, lane)
  }

  /** Runs a message, unless it is `judged` already, and records what became of it. */
  async #process(task: Task, lane: Lane, judged?: Verdict): Promise<void> {
    const note = judged ? undefined : this.#suspects.noteOf(task, this.#options.host.now())
    if (note) await this.#settler.record({ unfinished: note })
    const ran = judged ?? (await runMessage(task, this.#context, () => this.#urgencyOf(lane)))
    const verdict = lane.gaps > 0 ? markGap(ran) : ran
    if ('settled' in verdict) await this.#settler.record(verdict, this.#urgencyOf(lane))
    else await this.#setAside(task, lane, verdict)
    this.#room.leave(task)
    lane.running = false
    this.#tell(task, verdict)
    if ('unfinished' in verdict && verdict.unfinished.status === 'retrying' && !this.#stopping)
      this.#due.add(verdict.unfinished)
    this.#next(task.entry.key, lane)
    this.#useRoom()
  }

  /** `soon` if somebody waits for what is running in the lane. */
  #urgencyOf(lane: Lane): 'soon' | 'later' {
    return lane.queue.length > 0 || lane.held > 0 || this.#stopping ? 'soon' : 'later'
  }

  async #setAside(
    task: Task,
    lane: Lane,
    verdict: Extract<Verdict, { unfinished: Unfinished }>,
  ): Promise<void> {
    const recorded = this.#settler.record({ unfinished: verdict.unfinished })
    if (this.#blocks(verdict.unfinished)) {
      lane.blockedBy = task.entry.seq
      for (const waiting of lane.queue.splice(0)) this.#hold(waiting, lane)
    } else lane.gaps++
    if (verdict.error.fate === 'pause') this.#pause(verdict.error.message)
    await recorded
  }

  #blocks(row: Unfinished): boolean {
    return row.status !== 'parked' || this.#options.plan.flow.ordering.afterPark === 'hold'
  }

  #hold(task: Task, lane: Lane): void {
    const { seq, key } = task.entry
    const since = this.#options.host.now()
    const row: Unfinished = { seq, key, attempts: 0, crashes: 0, since, ...standOf(task), status: 'held' }
    lane.held++
    lane.holding = this.#settler.record({ unfinished: row }).then(() => {
      this.#room.leave(task)
      this.#useRoom()
    })
  }

  /** What waits in memory was accepted before what is held. */
  #next(key: string, lane: Lane): void {
    if (this.#stopping || !this.#started || this.#paused !== undefined || lane.blockedBy !== undefined) return
    const task = lane.queue.shift()
    if (task) this.#run(task, lane)
    else if (lane.held > 0 && this.#room.for(1) === 0) this.#starved.add(key)
    else if (lane.held > 0) void this.#runHeld(key, lane)
    else this.#lanes.tidy(key, lane)
  }

  /** Takes the first held rows of a key back into memory. */
  async #runHeld(key: string, lane: Lane): Promise<void> {
    lane.running = true
    const limit = this.#room.for(laneLimit)
    const load = async () => {
      await lane.holding
      const rows = await this.#journal.held(key, limit)
      return this.#journal.load(rows.filter(({ seq }) => seq <= this.#cursor.last))
    }
    const first = await this.#room.keep(limit, load, tasks => {
      for (const task of tasks) this.#room.enter(task)
      lane.held -= tasks.length
      lane.queue.unshift(...tasks.slice(1))
      return tasks[0]
    })
    if (first) await this.#process(first, lane)
    else await this.#journal.lost(`a held message of key ${key}`)
  }

  async #takeDue(): Promise<void> {
    if (!this.#started || this.#stopping || this.#paused !== undefined) return
    const room = this.#room.for(64)
    this.#crowded = room === 0 && this.#due.size > 0
    if (room === 0) return
    const rows = this.#due.take(room)
    if (rows.length === 0) return
    await this.#room.keep(
      rows.length,
      () => this.#journal.load(rows),
      tasks => {
        for (const task of tasks) this.#enter(task)
      },
    )
    void this.#takeDue()
    if (!this.#live) void this.#read()
  }

  /** There may be room in memory again. */
  #useRoom(): void {
    this.#checkIdle()
    for (const key of this.#starved) {
      if (this.#room.for(1) === 0) break
      this.#starved.delete(key)
      const lane = this.#lanes.get(key)
      if (!lane.running) this.#next(key, lane)
    }
    if (this.#crowded) void this.#takeDue()
    if (!this.#live) void this.#read()
  }

  #pause(reason: string): void {
    if (this.#paused !== undefined || this.#stopping) return
    this.#paused = reason
    this.#options.watch({ type: 'paused', flow: this.flow, reason, ms: pauseLength })
    this.#options.host.after(pauseLength, () => {
      this.#paused = undefined
      this.#sweep()
      void this.#takeDue()
      void this.#read()
    })
  }

  /** Begins what may begin in every lane. */
  #sweep(): void {
    for (const [key, lane] of [...this.#lanes.entries()]) if (!lane.running) this.#next(key, lane)
  }

  #checkIdle(): void {
    if (!this.#stopping) return
    for (const [, lane] of this.#lanes.entries()) if (lane.running) return
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  #tell(task: Task, verdict: Verdict): void {
    const { watch, host } = this.#options
    const { key, seq, acceptedAt } = task.entry
    const { flow } = this
    if ('settled' in verdict) {
      watch({ type: 'ended', flow, key, seq, outcome: verdict.settled.outcome, ms: host.now() - acceptedAt })
      return
    }
    const { error, unfinished } = verdict
    const { fate, code, message: reason } = error
    watch({
      type: 'setback',
      flow,
      key,
      seq,
      fate,
      code,
      reason,
      step: unfinished.error?.step,
      attempts: unfinished.attempts,
      fields: fieldsOf(error),
    })
  }
}

/** Of MODEL-INVALID, where the model told them. */
function fieldsOf({ detail }: IsthmusError): readonly string[] | undefined {
  const problems = detail.problems as readonly Problem[] | undefined
  return problems && [...new Set(problems.map(({ path }) => path || 'the record'))]
}

/** A message that passed a parked one of its key says so. */
function markGap(verdict: Verdict): Verdict {
  if (!('settled' in verdict)) return verdict
  const { note } = verdict.settled
  return { settled: { ...verdict.settled, note: note ? `${note}; gap before` : 'gap before' } }
}
