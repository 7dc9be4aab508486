import assert from 'node:assert/strict'
import { type ErrorCode, IsthmusError } from '../../errors.ts'
import { isRepeatable } from '../../system/effect.ts'
import type { Answer, Outgoing, Sink } from '../../system/roles.ts'
import type { OpenedSink, SinkFixture, SinkSubject, SuiteRecord } from './fixture.ts'

type Item = Outgoing<SuiteRecord>

const never = new AbortController().signal

/** Runs `use` with a fresh target, and takes everything away again. */
export async function withSink(
  subject: SinkSubject,
  use: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const fixture = await subject.make()
  const scenario = new Scenario(subject, fixture)
  try {
    await use(scenario)
  } finally {
    await fixture.resume?.()
    await fixture.up?.()
    await scenario.closeAll()
    await fixture.destroy()
  }
}

export class Scenario {
  readonly fixture: SinkFixture
  /** A call may be repeated although it may have happened. */
  readonly repeatable: boolean
  readonly #opened = new Set<OpenedSink>()

  constructor({ capabilities }: SinkSubject, fixture: SinkFixture) {
    this.fixture = fixture
    this.repeatable = isRepeatable({ kind: capabilities.effect, probe: false })
  }

  async open(): Promise<Sink> {
    return (await this.connect()).sink()
  }

  async connect(): Promise<OpenedSink> {
    const opened = await this.fixture.open()
    this.#opened.add(opened)
    const close = async () => {
      this.#opened.delete(opened)
      await opened.close()
    }
    return { sink: () => opened.sink(), close }
  }

  async closeAll(): Promise<void> {
    for (const opened of this.#opened) await opened.close()
    this.#opened.clear()
  }

  /** Each record once, as it was sent, and nothing else. */
  async holds(sent: readonly Item[]): Promise<void> {
    const held = [...(await this.fixture.effects())].sort((a, b) => a.n - b.n)
    const expected = sent.map(({ data }) => data).sort((a, b) => a.n - b.n)
    assert.deepEqual(held, expected)
  }

  async timesOf(n: number): Promise<number> {
    return (await this.fixture.effects()).filter(record => record.n === n).length
  }
}

/** One answer an item, in calls as large as the sink allows. A call that rejects answers for all its items. */
export async function write(
  sink: Sink,
  sent: readonly Item[],
  signal: AbortSignal = never,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const size = sink.batch ?? 1
  for (let at = 0; at < sent.length; at += size) {
    const call = sent.slice(at, at + size)
    const got = await sink.write(call, signal).catch(error => call.map((): Answer => ({ ok: false, error })))
    assert.equal(got.length, call.length, 'one answer an item')
    answers.push(...got)
  }
  return answers
}

/** Repeats what may be repeated, as an engine does, until all is written. */
export async function writeAll(sink: Sink, sent: readonly Item[]): Promise<void> {
  let left = sent
  for (let attempt = 1; left.length > 0; attempt++) {
    const answers = await write(
      sink,
      left.map(item => ({ ...item, attempt })),
    )
    for (const answer of answers) if (!answer.ok) hasCode(answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
    left = left.filter((_, index) => !answers[index]?.ok)
    if (left.length > 0) await new Promise(resolve => setTimeout(resolve, 10))
  }
}

export function allOk(answers: readonly Answer[]): void {
  for (const answer of answers) if (!answer.ok) throw answer.error
}

/** Fails unless the answer is an error with one of the codes; gives that error. */
export function hasCode(answer: Answer | undefined, ...codes: ErrorCode[]): IsthmusError {
  assert.ok(answer && !answer.ok, `an error is expected (${codes.join(', ')})`)
  const { error } = answer
  assert.ok(error instanceof IsthmusError, `not classified: ${error}`)
  assert.ok(codes.includes(error.code), `${error.code} is not one of ${codes.join(', ')}: ${error.message}`)
  return error
}
