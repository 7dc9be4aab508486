import assert from 'node:assert/strict'
import type { OpenedSource, SourceFixture, SourceSubject, SuiteRecord } from './fixture.ts'
import { Journal, Life } from './journal.ts'

/** Milliseconds. */
const patience = 100_000

/** Runs `use` with a fresh source system, and takes everything away again. */
export async function withSource(
  subject: SourceSubject,
  use: (scenario: Scenario) => Promise<void>,
): Promise<void> {
  const fixture = await subject.make()
  const scenario = new Scenario(subject, fixture)
  try {
    await use(scenario)
    await scenario.until(() => true)
  } finally {
    await scenario.end()
    await fixture.destroy()
  }
}

/** A source that is kept running like an engine does it: after a failure it runs again, after a death in a new life. */
export class Scenario {
  readonly journal: Journal
  readonly fixture: SourceFixture
  /** Why runs ended that were not told to. */
  readonly failures: unknown[] = []
  readonly #readAhead: number
  #sending: Promise<void> = Promise.resolve()
  #running: Promise<void> | undefined
  #stop = new AbortController()
  #opened: OpenedSource | undefined
  /** Ends what dead lives left behind. */
  readonly #burials: (() => Promise<void>)[] = []

  constructor({ capabilities }: SourceSubject, fixture: SourceFixture) {
    this.fixture = fixture
    this.#readAhead = capabilities.readAhead
    this.journal = new Journal(fixture, capabilities)
  }

  /** Puts records, one call after the other. A source that is called must be running for them to be put. */
  put(records: readonly SuiteRecord[]): void {
    for (const { n, text } of records) this.journal.expected.set(n, text)
    this.also(() => this.fixture.put(records))
  }

  /** Does something to the system after what was put before. */
  also(work: () => Promise<void>): void {
    this.#sending = this.#sending.then(work)
    this.#sending.catch(error => {
      this.journal.broken ??= error
    })
  }

  start(): void {
    this.#stop = new AbortController()
    this.#running = this.#keepRunning(this.#stop.signal)
    this.#running.catch(error => {
      this.journal.broken ??= error
    })
  }

  abort(): void {
    this.#stop.abort()
  }

  /** An orderly stop; resolves when the run has ended. */
  async stop(): Promise<void> {
    this.abort()
    await this.#running
  }

  /** The same, and the connection is closed before the run has ended. */
  async stopHurriedly(): Promise<void> {
    this.abort()
    await this.#opened?.close()
    this.#opened = undefined
    await this.#running
  }

  /** Resolves when the condition holds; rejects as soon as a promise is broken, or when nothing gets on. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    const { journal } = this
    const deadline = performance.now() + patience
    for (;;) {
      if (journal.broken !== undefined) throw journal.broken
      if (await condition()) return
      const state = `${journal.taken.length} of ${journal.expected.size} records are durable`
      assert.ok(performance.now() < deadline, `waited in vain: after ${journal.calls} calls ${state}`)
      await new Promise(resolve => setTimeout(resolve, 2))
    }
  }

  /** Resolves when every record that was put is durable and the system knows it. */
  async untilAllTaken(): Promise<void> {
    const { taken, expected } = this.journal
    await this.until(() => taken.length === expected.size)
    await this.#sending
    const { acknowledged } = this.fixture
    if (acknowledged === undefined) return
    await this.until(async () => (await this.fixture.acknowledged?.())?.length === expected.size)
  }

  async end(): Promise<void> {
    this.abort()
    await this.#running?.catch(() => {})
    for (const bury of this.#burials) await bury()
    await this.#sending.catch(() => {})
  }

  async #keepRunning(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const life = new Life(this.journal, this.#readAhead)
      const opened = await this.fixture.open()
      this.#opened = opened
      const ending = new AbortController()
      const end = () => ending.abort()
      stop.addEventListener('abort', end)
      if (stop.aborted) end()
      const running = this.#runAgainAndAgain(opened, life, ending.signal)
      await Promise.race([running, life.death.promise])
      stop.removeEventListener('abort', end)
      if (life.isDead) await opened.kill()
      else await this.#opened?.close()
      this.#burials.push(async () => {
        end()
        life.release()
        await running.catch(() => {})
      })
    }
  }

  async #runAgainAndAgain(opened: OpenedSource, life: Life, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted && !life.isDead; failures++) {
      try {
        await opened.source().run(life, signal)
        assert.ok(signal.aborted, 'a run ends only when it is told to, or by failing')
        assert.equal(life.underWay, 0, 'a run ended with a call under way')
      } catch (error) {
        if (life.isDead) return
        this.failures.push(error)
        if (error instanceof assert.AssertionError || failures === 100) throw error
        await new Promise(resolve => setTimeout(resolve, 2))
      }
    }
  }
}
