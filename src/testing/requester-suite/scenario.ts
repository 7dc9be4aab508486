import assert from 'node:assert/strict'
import { isRepeatable } from '../../system/effect.ts'
import type { Answer, Outgoing, Requester } from '../../system/roles.ts'
import { hasCode } from '../sink-suite/scenario.ts'
import type { OpenedRequester, RequesterFixture, RequesterSubject, SuiteRequest } from './fixture.ts'

type Item = Outgoing<SuiteRequest>

const never = new AbortController().signal

/** Runs `use` with a fresh target that knows the numbers 1 to 30, and takes everything away again. */
export async function withRequester(
  subject: RequesterSubject,
  use: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const fixture = await subject.make()
  const scenario = new Scenario(subject, fixture)
  try {
    for (let n = 1; n <= 30; n++) await fixture.know(n, textOf(n))
    await use(scenario)
  } finally {
    await fixture.resume?.()
    await fixture.up?.()
    await scenario.closeAll()
    await fixture.destroy()
  }
}

/** What the target has under `n`, where a scenario does not say otherwise. */
export const textOf = (n: number): string => `${n} text, "quoted"; <中文>`

export class Scenario {
  readonly fixture: RequesterFixture
  /** A call may be repeated although it may have happened. */
  readonly repeatable: boolean
  readonly #opened = new Set<OpenedRequester>()

  constructor({ capabilities }: RequesterSubject, fixture: RequesterFixture) {
    this.fixture = fixture
    this.repeatable = isRepeatable({ kind: capabilities.effect, probe: false })
  }

  async open(): Promise<Requester> {
    return (await this.connect()).requester()
  }

  async connect(): Promise<OpenedRequester> {
    const opened = await this.fixture.open()
    this.#opened.add(opened)
    const close = async () => {
      this.#opened.delete(opened)
      await opened.close()
    }
    return { requester: () => opened.requester(), close }
  }

  async closeAll(): Promise<void> {
    for (const opened of this.#opened) await opened.close()
    this.#opened.clear()
  }

  /** Fails unless the answer is that to the request. */
  answers(answer: Answer<unknown> | undefined, request: Item | undefined, text?: string): void {
    assert.ok(answer && request)
    if (!answer.ok) throw answer.error
    assert.equal(this.fixture.textOf(answer.result), text ?? textOf(request.data.n))
  }

  /** Repeats what may be repeated, as an engine does, until all is answered. */
  async askAll(requester: Requester, asked: readonly Item[]): Promise<void> {
    for (const request of asked) {
      for (let attempt = 1; ; attempt++) {
        const [answer] = await ask(requester, [{ ...request, attempt }])
        if (answer?.ok) {
          this.answers(answer, request)
          break
        }
        hasCode(answer as Answer, 'TARGET-UNAVAILABLE', 'TARGET-UNANSWERED')
        await new Promise(resolve => setTimeout(resolve, 10))
      }
    }
  }
}

/** One answer a request, in calls as large as the requester allows. A call that rejects answers for all of them. */
export async function ask(
  requester: Requester,
  asked: readonly Item[],
  signal: AbortSignal = never,
): Promise<Answer<unknown>[]> {
  const answers: Answer<unknown>[] = []
  const size = requester.batch ?? 1
  for (let at = 0; at < asked.length; at += size) {
    const call = asked.slice(at, at + size)
    const rejected = (error: unknown) => call.map((): Answer<unknown> => ({ ok: false, error }))
    const got = await requester.ask(call, signal).catch(rejected)
    assert.equal(got.length, call.length, 'one answer a request')
    answers.push(...got)
  }
  return answers
}
