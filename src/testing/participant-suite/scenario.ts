import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type ErrorCode, IsthmusError } from '../../errors.ts'
import type { Branch, BranchWork, Participant } from '../../system/roles.ts'
import type { SuiteRecord } from '../sink-suite/fixture.ts'
import type {
  BreakableParticipant,
  OpenedParticipant,
  ParticipantFixture,
  ParticipantProcess,
  ParticipantSubject,
  ProcessBranch,
} from './fixture.ts'

export const options = { timeout: 240_000 }

export const never: AbortSignal = new AbortController().signal

/** Runs `use` with a fresh database, and takes everything away again. */
export async function withParticipant(
  subject: ParticipantSubject,
  use: (scenario: Scenario) => Promise<void>,
  make: () => Promise<ParticipantFixture> = subject.make,
): Promise<void> {
  const scenario = new Scenario(await make())
  try {
    await use(scenario)
  } finally {
    await scenario.close()
  }
}

export class Scenario {
  readonly fixture: ParticipantFixture
  /** By which this scenario's branches are known. */
  readonly prefix: string = `isth:${randomBytes(4).toString('hex')}:`
  readonly #ending: (() => Promise<unknown>)[] = []
  #next = 0

  constructor(fixture: ParticipantFixture) {
    this.fixture = fixture
  }

  async open(): Promise<OpenedParticipant & { readonly votes: Participant }> {
    return this.#kept(await this.fixture.open())
  }

  async openBreakable(): Promise<BreakableParticipant & { readonly votes: Participant }> {
    return this.#kept(
      await (this.fixture.openBreakable as NonNullable<ParticipantFixture['openBreakable']>)(),
    )
  }

  async startProcess(): Promise<ParticipantProcess> {
    const started = await this.fixture.startProcess()
    this.#ending.push(() => started.kill())
    return started
  }

  id(): string {
    return `${this.prefix}g1:${++this.#next}:1`
  }

  branch(work: readonly BranchWork[], more: Partial<Branch> = {}): Branch {
    const id = this.id()
    return { id, effectKey: `effect of ${id}`, alone: false, work, ...more }
  }

  processBranch(records: readonly SuiteRecord[]): ProcessBranch {
    const id = this.id()
    return { id, effectKey: `effect of ${id}`, records }
  }

  /** Fails unless the branch is promised. */
  async promise(votes: Participant, branch: Branch): Promise<void> {
    assert.deepEqual(await votes.prepare(branch, never), { vote: 'prepared' })
  }

  async holds(...numbers: readonly number[]): Promise<void> {
    const held = (await this.fixture.effects()).map(({ n }) => n).sort((a, b) => a - b)
    assert.deepEqual(held, numbers)
  }

  /** The ids of this scenario's promises, as a participant tells them. */
  async listed(votes: Participant): Promise<string[]> {
    return (await votes.prepared(this.prefix)).map(({ id }) => id).sort()
  }

  async close(): Promise<void> {
    const left = await this.fixture.open()
    const votes = left.participant()
    for (const { id } of await votes.prepared(this.prefix)) await votes.end(id, 'roll back')
    await left.close()
    for (const end of this.#ending) await end()
    await this.fixture.destroy()
  }

  #kept<O extends OpenedParticipant>(opened: O): O & { readonly votes: Participant } {
    this.#ending.push(() => opened.close())
    return Object.assign(opened, { votes: opened.participant() })
  }
}

export const record = (n: number, text = `text ${n}, 'quoted'; 中文`): SuiteRecord => ({ n, text })

/** Fails unless the promise rejects with one of the codes. */
export async function rejectsWith(promise: Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
  const error = await promise.then(
    value => assert.fail(`an error is expected (${codes.join(', ')}), not ${JSON.stringify(value)}`),
    error => error,
  )
  assert.ok(error instanceof IsthmusError, `not classified: ${error}`)
  assert.ok(codes.includes(error.code), `${error.code} is not one of ${codes.join(', ')}: ${error.message}`)
}
