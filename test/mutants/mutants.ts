/** A bug planted on purpose: in `file`, `find` (which stands there once) becomes `replace`. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
  /** What is simulated to find it, or the test that does; flows if absent. */
  readonly hunt?: 'flows' | 'sagas' | 'transactions' | 'sharing' | { readonly test: string }
}

const runner = 'src/engine/flow-runner.ts'
const effects = 'src/engine/effects.ts'
const governor = 'src/engine/governance/governor.ts'
const coordinator = 'src/engine/two-phase-commit/coordinator.ts'

/** Bugs of the kind that integration platforms have had. The simulation must notice each. */
const ofFlows: readonly Mutant[] = [
  {
    name: 'answer before the sync',
    file: 'src/testing/simulation/simulated-disk.ts',
    find: 'this.#waiting.push({ apply: () => work().then(resolve, reject), reject })',
    replace:
      'this.#waiting.push({ apply: async () => {}, reject }); void work().then(resolve, reject); if (this.#random.chance(0.1)) this.state = copyMemoryState(this.state)',
  },
  {
    name: 'advance the cursor early',
    file: 'src/engine/settler.ts',
    find: 'cursor: partitions.cursors.position(partition)',
    replace: 'cursor: partitions.cursors.lowest',
  },
  {
    name: 'reuse an effect key for every step of a message',
    file: 'src/engine/outgoing.ts',
    find: '[landscape, flow, ...name, path]',
    replace: '[landscape, flow, ...name, path.replace(/\\d/g, "")]',
  },
  {
    name: 'reuse an effect key for every message of a key',
    file: 'src/engine/outgoing.ts',
    find: '[landscape, flow, ...name, path]',
    replace: '[landscape, flow, key, path]',
  },
  {
    name: 'put the attempt into the effect key',
    file: 'src/engine/outgoing.ts',
    find: '[landscape, flow, ...name, path]',
    replace: '[landscape, flow, ...name, path, attempt]',
  },
  {
    name: 'let a key pass its parked message',
    file: runner,
    find: "return row.status !== 'parked' || this.#options.plan.flow.ordering.afterPark === 'hold'",
    replace: "return row.status !== 'parked'",
  },
  {
    name: 'let a key pass its message in doubt',
    file: runner,
    find: "return row.status !== 'parked' || this.#options.plan.flow.ordering.afterPark === 'hold'",
    replace: "return row.status !== 'doubt'",
  },
  {
    name: 'forget held messages at recovery',
    file: runner,
    find: 'if (!isAhead) lane.held++',
    replace: '',
  },
  {
    name: 'forget retries at recovery',
    file: runner,
    find: "if (row.status === 'retrying') this.#due.add(row)",
    replace: '',
  },
  {
    name: 'run settled messages again after a crash',
    file: runner,
    find: 'return { has: seq => ended.has(seq) || this.#rowsAhead.has(seq) }',
    replace: 'return this.#rowsAhead',
  },
  {
    name: 'run messages that were set aside again after a crash',
    file: runner,
    find: 'if (isAhead) this.#rowsAhead.add(row)',
    replace: '',
  },
  {
    name: 'begin the next of a key before the outcome is durable',
    file: runner,
    find: "if ('settled' in verdict) await this.#settler.record(partition",
    replace: "if ('settled' in verdict) void this.#settler.record(partition",
  },
  {
    name: 'overtake held messages',
    file: runner,
    find: '(lane.held > 0 || lane.queue.length >= laneLimit)',
    replace: 'lane.queue.length >= laneLimit',
  },
  {
    name: 'forget that a flow fell behind its intake',
    file: runner,
    find: '      this.#live = false\n',
    replace: '',
  },
  {
    name: 'send without a durable note',
    file: effects,
    find: '    await context.note()\n',
    replace: '',
  },
  {
    name: 'repeat an unanswered call blindly',
    file: effects,
    find: "  return channel.effect.probe ? 'probe' : 'park'",
    replace: "  return 'retry'",
  },
  {
    name: 'take "unknown" for "did not happen"',
    file: effects,
    find: "if (found.outcome === 'unknown') throw new StepError(path, doubt('it does not know'))",
    replace: '',
  },
  {
    name: 'forget recorded results on retry',
    file: 'src/engine/run-message.ts',
    find: 'results: { ...results }',
    replace: 'results: {}',
  },
  {
    name: 'forget what was sent on retry',
    file: 'src/engine/run-message.ts',
    find: 'sent: new Set(sent)',
    replace: 'sent: new Set()',
  },
  {
    name: 'lose half of a batch that was refused',
    file: 'src/engine/exchange.ts',
    find: '      await this.#send(callee, batch.slice(0, half))\n',
    replace: '',
  },
  {
    name: 'accept without identity',
    file: 'src/engine/intake.ts',
    find: 'identity: identity === undefined ? undefined : within(this.#source, identity),',
    replace: 'identity: undefined,',
  },
  {
    name: 'call a filtered message delivered',
    file: 'src/engine/run-message.ts',
    find: "result instanceof Filtered ? 'filtered' : 'delivered'",
    replace: "'delivered'",
  },
  {
    name: 'forget that a person confirmed an effect',
    file: 'src/engine/person.ts',
    find: 'results: { ...row.results, ...confirmed }',
    replace: 'results: row.results',
  },
  {
    name: 'go on after the store has failed',
    file: 'src/engine/settler.ts',
    find: 'this.#options.onFatal(error)',
    replace: '',
  },
  {
    name: 'count what an outage does to a message',
    file: governor,
    find: '    return uncounted(error)\n',
    replace: '    return error\n',
  },
  {
    name: 'call nobody again whose circuit one has passed',
    file: 'src/engine/governance/circuit.ts',
    find: '    this.#trying = true\n    this.#pause()\n    return undefined',
    replace: '    this.#ready = false\n    this.#trying = true\n    return undefined',
  },
  {
    name: 'do not give back a place among the calls at a time',
    file: governor,
    find: 'if (this.#running > this.#most || !this.#slots.next()) this.#running--',
    replace: 'this.#slots.next()',
  },
  {
    name: 'lose one that waits when another gives up',
    file: 'src/engine/governance/fair-queue.ts',
    find: 'this.#size--\n    waiting?.go()',
    replace: 'this.#size--\n    if (this.#size % 7 !== 3) waiting?.go()',
  },
]

/** Bugs of the kind that engines of sagas and transactions have had. */
const ofSagasAndTransactions: readonly Mutant[] = [
  {
    name: 'call what may not be repeated without a durable note',
    file: 'src/engine/saga/perform.ts',
    find: "await run.tell(() => [{ type: 'sent', stage: stage.id, doing, attempt: attempts }])",
    replace: 'void run.tell(() => [])',
    hunt: 'sagas',
  },
  {
    name: 'take back in the order in which it was done',
    file: 'src/engine/saga/advance.ts',
    find: '.sort((a, b) => version(b) - version(a))',
    replace: '.sort((a, b) => version(a) - version(b))',
    hunt: 'sagas',
  },
  {
    name: 'forget the note of a call when it is tried again',
    file: 'src/engine/saga/perform.ts',
    find: 'new Set(progress.sent ? [id] : [])',
    replace: 'new Set()',
    hunt: 'sagas',
  },
  {
    name: 'take for certain what was running when the saga turned',
    file: 'src/engine/saga/saga-state.ts',
    find: 'all.set(id, { ...stage, do: { ...stage.do, presumed: true } })',
    replace: 'all.set(id, stage)',
    hunt: 'sagas',
  },
  {
    name: 'go back though the pivot has happened',
    file: 'src/engine/saga/perform.ts',
    find: 'if (isPivotDone(definition.stages, state)) return false',
    replace: '',
    hunt: 'sagas',
  },
  {
    name: 'go back though the target of a refused pivot cannot tell whether it has happened',
    file: effects,
    find: "return found.outcome === 'absent' ? 'refused' : 'unknown'",
    replace: "return 'refused'",
    hunt: 'sagas',
  },
  {
    name: 'go back though the target of a refused pivot says that it has happened',
    file: effects,
    find: "if (found.outcome === 'done') return { result: keep(step, notes, path, found.result) }\n  return found.outcome === 'absent'",
    replace: "return found.outcome !== 'unknown'",
    hunt: 'sagas',
  },
  {
    name: 'take every refusal after a restart for one that may have happened, though the target can be asked',
    file: 'src/engine/saga/perform.ts',
    find: "if (found === 'refused') return failed(error, 'never happened')",
    replace: "if (found === 'refused') return failed(error)",
    hunt: 'sagas',
  },
  {
    name: 'let a person turn back a saga whose pivot is under way',
    file: 'src/engine/saga/sagas.ts',
    find: 'if (isPivotUnderWay(stages, state, run.forward, stage))',
    replace: 'if (false)',
    hunt: 'sagas',
  },
  {
    name: 'take an event twice',
    file: 'src/engine/saga/saga-state.ts',
    find: 'taken: new Map(state.taken).set(fact.from, [...(state.taken.get(fact.from) ?? []), fact.place]),',
    replace: 'taken: state.taken,',
    hunt: 'sagas',
  },
  {
    name: 'keep an event twice',
    file: 'src/engine/saga/inbox.ts',
    find: 'if (known.some(({ data: kept }) => (kept as unknown as Kept).id === id)) return',
    replace: '',
    hunt: 'sagas',
  },
  {
    name: 'look for an event no more when the time is over',
    file: 'src/engine/saga/advance.ts',
    find: "if (isOver && stage.kind !== 'wait') {",
    replace: 'if (isOver) {',
    hunt: { test: 'test/guarantees/sagas-trouble.test.ts' },
  },
  {
    name: 'end a wait before its time',
    file: 'src/engine/saga/advance.ts',
    find: 'const isOver = left() <= 0',
    replace: 'const isOver = left() <= 500',
    hunt: 'sagas',
  },
  {
    name: 'count what is waited for by the wall clock',
    file: 'src/engine/saga/dues.ts',
    find: 'return known.at - now',
    replace: 'return due - this.#host.now()',
    hunt: 'sagas',
  },
  {
    name: 'forget that an earlier attempt may have happened',
    file: 'src/engine/saga/saga-state.ts',
    find: 'unsure: (before.unsure && !isAbsent) || unsure,',
    replace: 'unsure,',
    hunt: 'sagas',
  },
  {
    name: 'forget steps that an earlier process may have begun',
    file: 'src/engine/saga/saga-run.ts',
    find: 'this.#left = openSteps(this.definition, state, this.#clock())',
    replace: 'this.#left = new Set()',
    hunt: 'sagas',
  },
  {
    name: 'end a saga while its child is still taken back',
    file: 'src/engine/saga/children.ts',
    find: "return found.ended === 'compensated' || !isOwn ? () => [done] : undefined",
    replace: 'return () => [done]',
    hunt: 'sagas',
  },
  {
    name: 'take back a saga of the same key that is no child of it',
    file: 'src/engine/saga/children.ts',
    find: 'if (!isOwn || now.turned) return []',
    replace: 'if (now.turned) return []',
    hunt: { test: 'test/guarantees/sagas-kin.test.ts' },
  },
  {
    name: 'take a child for not begun because the store could not be read',
    file: 'src/engine/saga/children.ts',
    find: 'await patiently(host, () => readSagaLog(store.read, definition.name, key))',
    replace: 'await readSagaLog(store.read, definition.name, key)',
    hunt: { test: 'test/guarantees/sagas-kin.test.ts' },
  },
  {
    name: 'write anew though it may have happened',
    file: 'src/engine/saga/perform.ts',
    find: "doing === 'do' && !mayHaveHappened ? outdatedBy",
    replace: "doing === 'do' ? outdatedBy",
    hunt: 'sagas',
  },
  {
    name: 'write anew what was made of the first reading',
    file: 'src/engine/saga/saga-state.ts',
    find: 'result: undefined, do: { ...untouched, due }',
    replace: 'do: stage.do',
    hunt: 'sagas',
  },
  {
    name: 'keep a lock when its saga has ended',
    file: 'src/engine/saga/locks.ts',
    find: '    this.#held.delete(saga)\n    return next',
    replace: '    return []',
    hunt: 'sagas',
  },
  {
    name: 'forget locks at recovery',
    file: 'src/engine/saga/sagas.ts',
    find: 'if (locked !== undefined) this.#locks.acquire(locked, sagaId(name, key))',
    replace: 'void locked',
    hunt: 'sagas',
  },
  {
    name: 'give a lock to whoever asks',
    file: 'src/engine/saga/locks.ts',
    find: 'if (holder === undefined || holder === saga) {',
    replace: 'if (holder === undefined || holder === saga || saga.length % 3 === 0) {',
    hunt: 'sagas',
  },
  {
    name: 'do not recall a child that is under way',
    file: 'src/engine/saga/advance.ts',
    find: '(mayHaveHappened || isUnderWay)',
    replace: 'mayHaveHappened',
    hunt: 'sagas',
  },
  {
    name: 'begin a saga again for every message of its key',
    file: 'src/engine/saga/sagas.ts',
    find: "if (fact?.type === 'started' && fact.startId === startId) return key",
    replace: 'return key',
    hunt: 'sagas',
  },
  {
    name: 'go on with the newest version of a saga',
    file: 'src/engine/saga/saga-log.ts',
    find: '.find(each => each.version === version && shapeOf(each) === shape)',
    replace: '.at(0)',
    hunt: 'sagas',
  },
  {
    name: 'commit before the decision is durable',
    file: coordinator,
    find: 'const decided = await log.add(effectKey, begun, ...voting.facts(whole), commit)',
    replace:
      "const decided = { ...begun, decision: 'commit' as const }; void log.add(effectKey, begun, ...voting.facts(whole), commit).catch(() => {})",
    hunt: 'transactions',
  },
  {
    name: 'decide before all have voted',
    file: coordinator,
    find: 'await this.#vote(begun, work, effectKey, voting, this.#limit(transaction, signal))',
    replace:
      'await Promise.race([this.#vote(begun, work, effectKey, voting, this.#limit(transaction, signal)), new Promise<void>(resolve => this.options.host.after(100, resolve))])',
    hunt: 'transactions',
  },
  {
    name: 'do not write down who has changed nothing',
    file: coordinator,
    find: 'const decided = await log.add(effectKey, begun, ...voting.facts(whole), commit)',
    replace: 'const decided = await log.add(effectKey, begun, commit)',
    hunt: 'transactions',
  },
  {
    name: 'let a refusal hide that a part was committed before',
    file: coordinator,
    find: "const isHalfDone = voting.known && error instanceof IsthmusError && error.fate === 'park'",
    replace: 'const isHalfDone = false',
    hunt: 'transactions',
  },
  {
    name: 'ignore that somebody else has written to the log',
    file: 'src/engine/two-phase-commit/decision-log.ts',
    find: "if (appended?.status === 'appended') return after",
    replace: 'if (appended) return after',
    hunt: 'transactions',
  },
  {
    name: 'take what is not decided for committed',
    file: 'src/engine/two-phase-commit/recovery.ts',
    find: "const decision = found.includes('committed') ? 'commit' : 'roll back'",
    replace: "const decision = 'commit'",
    hunt: 'transactions',
  },
  {
    name: 'roll back what is not decided, whatever the databases show',
    file: 'src/engine/two-phase-commit/recovery.ts',
    find: "const decision = found.includes('committed') ? 'commit' : 'roll back'",
    replace: "const decision = 'roll back'",
    hunt: 'transactions',
  },
  {
    name: 'roll back branches that no log knows',
    file: 'src/engine/two-phase-commit/orphans.ts',
    find: "if (known === 'rolled back')",
    replace: "if (known !== 'open')",
    hunt: 'transactions',
  },
  {
    name: 'leave branches standing that came late',
    file: 'src/engine/two-phase-commit/orphans.ts',
    find: "if (known === 'rolled back') await context.participant(system).end(branch.id, 'roll back')\n      else if",
    replace: "if (known === 'rolled back') continue\n      else if",
    hunt: 'transactions',
  },
  {
    name: 'decide on what no log knows after it was written down',
    file: 'src/engine/two-phase-commit/orphans.ts',
    find: ": await log.add(key, known, begun, { type: 'decided', decision, reason: why, by })",
    replace:
      ": await log.add(key, await log.add(key, known, begun), { type: 'decided', decision, reason: why, by })",
    hunt: 'transactions',
  },
  {
    name: 'touch the branches of others',
    file: 'src/engine/two-phase-commit/orphans.ts',
    find: 'prepared(context.gids.prefix)',
    replace: "prepared('')",
    hunt: 'transactions',
  },
  {
    name: 'do it anew though it was committed',
    file: coordinator,
    find: "if (before?.outcome === 'committed') return before.gid",
    replace: '',
    hunt: 'transactions',
  },
  {
    name: 'take a mixed outcome for a good one',
    file: coordinator,
    find: 'const isOdd = ending.found.some(({ found }) => found !== expected)',
    replace: 'const isOdd = false',
    hunt: 'transactions',
  },
  {
    name: 'close a transaction whose branches have not all ended',
    file: coordinator,
    find: 'if (ending.failure) {',
    replace: 'if (false) {',
    hunt: 'transactions',
  },
  {
    name: 'forget transactions at the start',
    file: 'src/engine/two-phase-commit/transactions.ts',
    find: 'if (now) await this.#coordinator.finish(effectKey, now)',
    replace: '',
    hunt: 'transactions',
  },
]

/** Bugs of members that share the keys of one store. */
const ofSharing: readonly Mutant[] = [
  {
    name: 'pass over what comes for a partition that is being given away',
    file: runner,
    find: 'if (isNext && !this.#cursors.has(entry.partition)) this.#cursors.pass()',
    replace:
      'if (isNext && (!this.#cursors.has(entry.partition) || !this.#partitions.isOurs(entry.partition))) this.#cursors.pass()',
    hunt: 'sharing',
  },
  {
    name: 'begin a partition of which nothing was noted behind its messages',
    file: 'src/engine/partitions.ts',
    find: 'this.#pending.set(partition, known?.cursor ?? 0)',
    replace: 'this.#pending.set(partition, known?.cursor ?? state?.head ?? 0)',
    hunt: 'sharing',
  },
]

export const mutants: readonly Mutant[] = [...ofFlows, ...ofSagasAndTransactions, ...ofSharing]
