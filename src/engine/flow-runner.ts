import type { Entry, FlowState, Settled, Store, Unfinished, UnfinishedEntry } from '../store/store.ts'
import type { Cursors } from './cursor.ts'
import { Decisions } from './decisions.ts'
import { DueQueue } from './due-queue.ts'
import type { EffectChannel } from './effects.ts'
import type { Watcher } from './events.ts'
import { FlowJournal } from './flow-journal.ts'
import type { Host } from './host.ts'
import { type Lane, Lanes, type Task } from './lanes.ts'
import type { FlowLimits } from './limits.ts'
import { Partitions, type Taken } from './partitions.ts'
import type { Plan } from './plan.ts'
import { Room } from './room.ts'
import { RowsAhead } from './rows-ahead.ts'
import { type MessageContext, runMessage, standOf, type Verdict } from './run-message.ts'
import { Settler } from './settler.ts'
import { judgeCrashes, Suspects } from './suspects.ts'
import type { Tracing } from './tracing.ts'
import { markGap, verdictEvent } from './verdict-event.ts'

export interface RunnerOptions {
  readonly plan: Plan
  readonly landscape: string
  readonly store: Store
  readonly host: Host
  /** In how many shares the keys are divided. */
  readonly partitions: number
  readonly limits: FlowLimits
  readonly channels: ReadonlyMap<string, EffectChannel>
  readonly watch: Watcher
  readonly onFatal: (error: unknown) => void
  readonly tracing?: Tracing | undefined
}

/** Messages of one key in memory; more are held in the store, so that a busy key leaves room for the others. */
const laneLimit = 32

/** How long a flow waits when every message would fail alike, milliseconds. */
const pauseLength = 5_000

/**
 * Works off partitions of one flow: takes messages from the journal in order, runs those of different keys side by side and those of
 * one key one after another, and records what becomes of each.
 *
 * A message is *in memory* from being admitted until its outcome or its row is durable. Then the next of its key may
 * begin, not before: a repeat after a crash can thus never undo the effect of a later message.
 */
export class FlowRunner {
  readonly flow: string
  readonly #options: RunnerOptions
  readonly #partitions: Partitions
  readonly #lanes: Lanes
  readonly #journal: FlowJournal
  readonly #settler: Settler
  readonly #decisions: Decisions
  readonly #due: DueQueue
  readonly #room: Room
  readonly #suspects: Suspects
  readonly #context: MessageContext
  #head: number
  /** The last message accepted before a partition was taken. */
  #recovered = 0
  readonly #rowsAhead = new RowsAhead()
  /** True while every accepted message has been admitted, so that the next may come straight from intake. */
  #live = false
  #reading = false
  #started = false
  /** True while due messages wait until there is room for them in memory. */
  #crowded = false
  /** Keys whose held messages wait for the same. */
  readonly #starved = new Set<string>()
  #stopping = false
  /** Every message would fail alike: it begins again by itself. */
  #paused: string | undefined
  /** A person has said that it waits. */
  #halted = false
  /** It is not sure that the partitions are still ours. */
  #unsure = false

  constructor(options: RunnerOptions) {
    this.flow = options.plan.flow.name
    this.#options = options
    this.#head = 0
    this.#partitions = new Partitions(options.partitions)
    this.#lanes = new Lanes(key => this.#partitions.of(key))
    this.#room = new Room(options.limits)
    this.#suspects = new Suspects(options.limits.messages)
    this.#due = new DueQueue(options.host, () => void this.#takeDue())
    this.#journal = new FlowJournal({ ...options, flow: this.flow })
    this.#settler = new Settler({
      ...options,
      flow: this.flow,
      partitions: this.#partitions,
      onRecorded: (facts, ms) =>
        options.watch({ type: 'recorded', flow: this.flow, facts: facts.length, ms }),
    })
    this.#decisions = new Decisions(this.#journal, this.#settler)
    this.#context = {
      ...options,
      channel: id => options.channels.get(id) as EffectChannel,
      record: unfinished => this.#settler.record(this.#partitions.of(unfinished.key), { unfinished }),
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
    const isCatchingUp = this.#cursors.lowest < this.#recovered
    const waiting = this.#head - this.#cursors.lowest
    const { messages: inMemory, again } = this.#room
    return { inMemory, again, waiting, isCatchingUp, paused: this.#paused }
  }

  /**
   * Takes up the rows that others have left of these partitions. After a crash, finds the messages that may have caused
   * it. Their messages run from the next `start` on.
   */
  async recover(taken: readonly Taken[], state: FlowState | undefined): Promise<void> {
    this.#head = Math.max(this.#head, state?.head ?? 0)
    this.#recovered = this.#head
    this.#partitions.take(taken, state)
    for (const { partition, clean } of taken) this.#suspects.taken(partition, clean ? 0 : this.#head)
    const partitions = this.#some(taken.map(({ partition }) => partition))
    if (state === undefined) return
    for (let after = 0; ; ) {
      const rows = await this.#journal.rows(after, 1000, partitions)
      for (const row of rows) this.#takeUp(row)
      const last = rows.at(-1)
      if (!last) return
      after = last.seq
    }
  }

  #takeUp(row: UnfinishedEntry): void {
    const lane = this.#lanes.get(row.key)
    const isAhead = row.seq > this.#partitions.cursorOf(row.partition)
    if (isAhead) this.#rowsAhead.add(row)
    if (row.status === 'held') {
      if (!isAhead) lane.held++
    } else if (row.status === 'running') {
      this.#suspects.add(row)
      lane.blockedBy ??= row.seq
    } else if (this.#blocks(row)) {
      lane.blockedBy ??= row.seq
      if (row.status === 'retrying') this.#due.add(row)
    } else lane.gaps++
  }

  /**
   * Runs, one at a time and before any other of their partitions, the messages that were running when the process
   * died. Ends before `start`.
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

  /** Begins what has been recovered. */
  start(): void {
    this.#started = true
    this.#partitions.begin()
    this.#live = false
    this.#sweep()
    void this.#takeDue()
    void this.#read()
  }

  /** A message that has just been accepted; `data`, if it was decoded. Of a partition that is being given away it keeps its place. */
  offer(entry: Entry, data: unknown): void {
    this.#head = Math.max(this.#head, entry.seq)
    const isNext = this.#live && this.#cursors.level === entry.seq - 1
    if (isNext && !this.#cursors.has(entry.partition)) this.#cursors.pass()
    else if (isNext && this.#mayAdmit()) {
      this.#cursors.pass()
      this.#admit({ entry, data, row: undefined })
    } else {
      this.#live = false
      void this.#read()
    }
  }

  /** Others may have accepted messages up to `head`. */
  wake(head: number): void {
    if (head <= this.#head) return
    this.#head = head
    this.#live = false
    void this.#read()
  }

  /**
   * Begins nothing more of a partition, and forgets it when what is running of it has been recorded: another may take it
   * then.
   */
  async give(partition: number): Promise<void> {
    this.#partitions.leave(partition)
    await this.#lanes.idle(lane => lane.partition === partition)
    await this.#settler.drained()
    if (this.#cursors.has(partition)) await this.#settler.note([partition])
    this.#partitions.drop(partition)
    for (const task of this.#lanes.drop(partition)) this.#room.leave(task)
    this.#due.drop(row => this.#partitions.of(row.key) === partition)
    this.#rowsAhead.drop(partition)
    for (const key of this.#starved) if (this.#partitions.of(key) === partition) this.#starved.delete(key)
    this.#useRoom()
  }

  /** Begins nothing while it is not sure that the partitions are still ours. */
  doubt(unsure: boolean): void {
    this.#unsure = unsure
    if (!unsure && this.#started) this.#goOn()
  }

  get #cursors(): Cursors {
    return this.#partitions.cursors
  }

  /** To read by; undefined if it is all of them. */
  #some(partitions: readonly number[]): readonly number[] | undefined {
    return partitions.length === this.#partitions.count ? undefined : partitions
  }

  /** Begins nothing new until `release`; what runs goes on to its end, and messages are accepted all the same. */
  halt(): void {
    this.#halted = true
  }

  release(): void {
    if (!this.#halted) return
    this.#halted = false
    if (this.#started) this.#goOn()
  }

  /** Begins nothing new; resolves when what is running has been recorded. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#due.stop()
    await this.#lanes.idle(() => true)
    await this.#settler.drained()
  }

  /** A row that was set aside waits no longer: it runs again as it is given. Throws CONTROL-REFUSED if it has gone on. */
  async resume(row: Unfinished): Promise<void> {
    await this.#decisions.record(row.seq, { unfinished: row })
    const lane = this.#lanes.get(row.key)
    if (lane.blockedBy !== row.seq && lane.gaps > 0) lane.gaps--
    this.#due.remove(row.seq)
    this.#due.add(row)
  }

  /** A row that was set aside ends. Throws CONTROL-REFUSED if it has gone on. */
  async end(row: Unfinished, settled: Settled): Promise<void> {
    await this.#decisions.record(row.seq, { settled })
    this.#due.remove(row.seq)
    const lane = this.#lanes.get(row.key)
    if (lane.blockedBy === row.seq) lane.blockedBy = undefined
    else if (lane.gaps > 0) lane.gaps--
    const { flow } = this
    this.#options.watch({ type: 'ended', flow, key: row.key, seq: row.seq, outcome: settled.outcome, ms: 0 })
    if (!lane.running) this.#next(row.key, lane)
  }

  async #read(): Promise<void> {
    if (this.#reading) return
    this.#reading = true
    while (!this.#live && this.#mayAdmit() && this.#room.isAmple) {
      const span = this.#cursors.next(this.#head)
      if (!span) {
        this.#live = true
        const silent = this.#cursors.silent()
        if (silent.length > 0) void this.#settler.note(silent)
        break
      }
      const partitions = this.#some(span.partitions)
      const limit = this.#room.for(256)
      const { bytes } = this.#room
      const load = async () => {
        const { after, to } = span
        const entries = await this.#journal.entries({ after, to, partitions, limit, bytes })
        return { entries, known: await this.#knownOf(entries) }
      }
      const count = await this.#room.keep(limit, load, ({ entries, known }) => {
        if (this.#stopping) return undefined
        const ours = this.#cursors.still(span)
        // The last page of some partitions may be followed by messages of others.
        this.#cursors.through(ours, entries.at(-1)?.seq ?? span.to)
        for (const entry of entries) {
          if (!ours.has(entry.partition)) continue
          if (known.has(entry.seq)) this.#skip(entry)
          else this.#admit({ entry, data: undefined, row: undefined })
        }
        return entries.length
      })
      if (count === undefined) break
      this.#useRoom()
      if (!partitions && count === 0) await this.#journal.lost(`message ${span.after + 1}`)
    }
    this.#reading = false
  }

  /** Which of these messages an earlier process has ended or set aside although the cursor stands before them. */
  async #knownOf(entries: readonly Entry[]): Promise<Pick<ReadonlySet<number>, 'has'>> {
    const from = entries[0]?.seq
    if (from === undefined || from > this.#recovered) return this.#rowsAhead
    const ended = await this.#journal.ended(from, entries.at(-1)?.seq ?? from)
    return { has: seq => ended.has(seq) || this.#rowsAhead.has(seq) }
  }

  #skip({ partition, seq, key }: Entry): void {
    this.#cursors.admit(partition, seq)
    this.#cursors.cover(partition, seq)
    if (!this.#rowsAhead.pass(seq)) return
    this.#lanes.get(key).held++
    // Begins once all that was read with it has its place.
    this.#starved.add(key)
  }

  #mayAdmit(): boolean {
    const { limits } = this.#options
    if (!this.#started || this.#stopping || this.#waits) return false
    return this.#due.size < limits.retrying && this.#room.for(1) > 0
  }

  #admit(task: Task): void {
    this.#cursors.admit(task.entry.partition, task.entry.seq)
    this.#enter(task)
  }

  #enter(task: Task): void {
    // Another has it by now, or will have.
    if (!this.#partitions.isOurs(task.entry.partition)) return
    const lane = this.#lanes.get(task.entry.key)
    this.#room.enter(task)
    if (lane.blockedBy === task.entry.seq) lane.blockedBy = undefined
    const crowded = task.row === undefined && (lane.held > 0 || lane.queue.length >= laneLimit)
    if (lane.blockedBy !== undefined || crowded) this.#hold(task, lane)
    else if (lane.running || this.#waits) {
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
    const { partition } = lane
    if (note) await this.#settler.record(partition, { unfinished: note })
    const ran = judged ?? (await runMessage(task, this.#context, () => this.#urgencyOf(lane)))
    const verdict = lane.gaps > 0 ? markGap(ran) : ran
    task.trace?.record()
    if ('settled' in verdict) await this.#settler.record(partition, verdict, this.#urgencyOf(lane))
    else await this.#setAside(task, lane, verdict)
    task.trace?.end(verdict)
    this.#room.leave(task)
    lane.running = false
    this.#options.watch(verdictEvent(this.flow, task, verdict, this.#options.host.now()))
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
    const recorded = this.#settler.record(lane.partition, { unfinished: verdict.unfinished })
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
    lane.holding = this.#settler.record(lane.partition, { unfinished: row }).then(() => {
      this.#room.leave(task)
      this.#useRoom()
    })
  }

  /** What waits in memory was accepted before what is held. */
  #next(key: string, lane: Lane): void {
    if (this.#stopping || !this.#started || this.#waits || lane.blockedBy !== undefined) return
    if (!this.#partitions.isOurs(lane.partition)) return
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
      return this.#journal.load(rows.filter(({ seq }) => this.#cursors.hasRead(lane.partition, seq)))
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
    if (!this.#started || this.#stopping || this.#waits) return
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
    this.#lanes.tellIdle()
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
      this.#goOn()
    })
  }

  get #waits(): boolean {
    return this.#halted || this.#unsure || this.#paused !== undefined
  }

  #goOn(): void {
    if (this.#waits) return
    this.#sweep()
    void this.#takeDue()
    void this.#read()
  }

  /** Begins what may begin in every lane. */
  #sweep(): void {
    for (const [key, lane] of [...this.#lanes.entries()]) if (!lane.running) this.#next(key, lane)
  }
}
