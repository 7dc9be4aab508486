/** A bug planted on purpose: in `file`, `find` (which stands there once) becomes `replace`. */
export interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
  readonly replace: string
}

const runner = 'src/engine/flow-runner.ts'
const effects = 'src/engine/effects.ts'
const governor = 'src/engine/governance/governor.ts'

/** Bugs of the kind that integration platforms have had. The simulation must notice each. */
export const mutants: readonly Mutant[] = [
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
    find: 'cursor: cursor.position',
    replace: 'cursor: cursor.last',
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
    find: "if (row.status === 'held') lane.held++",
    replace: "if (row.status === 'held') return",
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
    find: 'return this.#rowsAhead.union(await this.#journal.ended(from, to))',
    replace: 'return this.#rowsAhead',
  },
  {
    name: 'run messages that were set aside again after a crash',
    file: runner,
    find: 'if (isAhead) this.#rowsAhead.add(row.seq)',
    replace: '',
  },
  {
    name: 'begin the next of a key before the outcome is durable',
    file: runner,
    find: "if ('settled' in verdict) await this.#settler.record(verdict",
    replace: "if ('settled' in verdict) void this.#settler.record(verdict",
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
    find: "outcome: 'filtered',",
    replace: "outcome: 'delivered',",
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
    find: 'if (!this.#slots.next()) this.#free++',
    replace: 'this.#slots.next()',
  },
  {
    name: 'lose one that waits when another gives up',
    file: 'src/engine/governance/fair-queue.ts',
    find: 'this.#size--\n    waiting?.go()',
    replace: 'this.#size--\n    if (this.#size % 7 !== 3) waiting?.go()',
  },
]
