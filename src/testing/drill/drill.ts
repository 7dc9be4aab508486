import { fitting } from '../../engine/plan.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { samplesOf } from '../../model/sample.ts'
import {
  caseName,
  type DrillCase,
  type Trouble,
  troubles,
  troublesOfComparing,
  undisturbed,
} from './drill-case.ts'
import { type DrillRun, drillRun } from './drill-run.ts'
import { type DrillOptions, namedStages } from './drill-world.ts'
import { hurried } from './hurried.ts'
import { judge } from './judge.ts'

/** What a drill of a saga came to. */
export interface DrillReport {
  readonly saga: string
  readonly runs: number
  /** How many runs ended in which way. */
  readonly ends: Readonly<Record<string, number>>
  /** What each step met, and how the saga ended then. */
  readonly coverage: readonly CoverageRow[]
  /** Steps that no case reached: give the drill an input or answers that lead there. */
  readonly unreached: readonly string[]
  readonly failures: readonly { readonly case: string; readonly wrong: readonly string[] }[]
}

export interface CoverageRow {
  readonly step: string
  readonly met: string
  /** In all the cases where it met that. */
  readonly ended: string[]
}

/**
 * Derives the failure cases of a saga from its definition and runs all of them in simulated systems under virtual time: each step
 * fails in every way, each compensation too, nothing comes in time, every choice is made, every message comes twice, and
 * the process dies at every write of the undisturbed run and of each one that turns back; after each death of the undisturbed
 * run, what is called again is also refused. Deterministic.
 */
export async function drill(saga: SagaDefinition, options: DrillOptions = {}): Promise<DrillReport> {
  const input = fitting(saga.model, options.input ?? samplesOf(saga.model.jsonSchema)[0])
  const session = new Session(hurried(saga), { ...options, input })
  for (const each of await session.paths()) await session.disturb(each)
  return session.report()
}

class Session {
  readonly #saga: SagaDefinition
  readonly #options: DrillOptions
  readonly #ends: Record<string, number> = {}
  readonly #coverage: CoverageRow[] = []
  readonly #failures: { case: string; wrong: readonly string[] }[] = []
  readonly #reached = new Set<string>()
  readonly #seen = new Set<string>()
  /** Steps whose target compares. */
  readonly #comparing: ReadonlySet<string>
  #runs = 0

  constructor(saga: SagaDefinition, options: DrillOptions) {
    this.#saga = saga
    this.#options = options
    const comparing = [...namedStages(saga)].filter(([, stage]) => stage.kind === 'step' && stage.compares)
    this.#comparing = new Set(comparing.map(([name]) => name))
  }

  /** The undisturbed run, and one for each other choice and each thing that may not come in time. */
  async paths(): Promise<DrillRun[]> {
    const first = await this.#run(undisturbed)
    const found = first ? [first] : []
    for (const [name, stage] of namedStages(this.#saga)) {
      if (stage.kind === 'decide')
        for (const choice of stage.options.slice(1))
          found.push(
            ...(await this.#path({ ...undisturbed, choices: new Map([[name, choice]]) }, name, choice)),
          )
      if ((stage.kind === 'wait' || stage.kind === 'decide') && stage.within !== undefined)
        found.push(...(await this.#path({ ...undisturbed, silent: new Set([name]) }, name, 'not in time')))
    }
    return found
  }

  async #path(drillCase: DrillCase, step: string, met: string): Promise<DrillRun[]> {
    const run = await this.#run(drillCase)
    if (!run) return []
    if (run.waited.has(step)) this.#cover(step, met, run)
    return [run]
  }

  /** Everything that can go wrong on one path. */
  async disturb(path: DrillRun): Promise<void> {
    await this.#run({ ...path.case, doubled: true })
    await this.#kill(path)
    await this.#kill({ ...path, case: { ...path.case, onlyOnce: true } })
    for (const step of path.world.called)
      for (const trouble of this.#troublesOf(step)) {
        const run = await this.#run({
          ...path.case,
          troubles: new Map([...path.case.troubles, [step, trouble]]),
        })
        if (!run) continue
        this.#cover(step, trouble, run)
        if (run.status !== path.status) await this.#disturbTurned(step, run)
      }
  }

  /** A saga that turned back: what takes back is disturbed, too. */
  async #disturbTurned(cause: string, turned: DrillRun): Promise<void> {
    if (turned.case.troubles.get(cause) !== 'refused') return
    await this.#kill(turned)
    for (const step of turned.world.called)
      if (step.endsWith(':undo'))
        for (const trouble of this.#troublesOf(step)) {
          const run = await this.#run({
            ...turned.case,
            troubles: new Map([...turned.case.troubles, [step, trouble]]),
          })
          if (run) this.#cover(step, trouble, run)
        }
  }

  #troublesOf(step: string): readonly Trouble[] {
    return this.#comparing.has(step) ? [...troubles, ...troublesOfComparing] : troubles
  }

  async #kill(run: DrillRun): Promise<void> {
    for (let write = 1; write <= run.writes; write++)
      for (const kept of [false, true]) {
        const killed = await this.#run({ ...run.case, death: { write, kept } })
        const then = run.case.onlyOnce ? ', and what is repeated is refused' : ''
        if (killed) this.#cover('any', `the process dies, at every write${then}`, killed)
      }
  }

  report(): DrillReport {
    const steps = [...namedStages(this.#saga)].flatMap(([name, stage]) => {
      if (stage.kind !== 'step') return []
      return stage.undo ? [name, `${name}:undo`] : [name]
    })
    return {
      saga: this.#saga.name,
      runs: this.#runs,
      ends: this.#ends,
      coverage: this.#coverage,
      unreached: steps.filter(step => !this.#reached.has(step)),
      failures: this.#failures,
    }
  }

  /** Undefined if it was run before. */
  async #run(drillCase: DrillCase): Promise<DrillRun | undefined> {
    const name = caseName(drillCase)
    if (this.#seen.has(name)) return undefined
    this.#seen.add(name)
    this.#runs++
    try {
      const run = await drillRun(this.#saga, drillCase, this.#options)
      for (const step of run.world.called) this.#reached.add(step)
      this.#ends[run.status] = (this.#ends[run.status] ?? 0) + 1
      const wrong = judge(this.#saga, run)
      if (wrong.length > 0) this.#failures.push({ case: name, wrong })
      return run
    } catch (error) {
      this.#failures.push({ case: name, wrong: [String(error)] })
      return undefined
    }
  }

  #cover(step: string, met: string, { status }: DrillRun): void {
    const row = this.#coverage.find(each => each.step === step && each.met === met)
    if (!row) this.#coverage.push({ step, met, ended: [status] })
    else if (!row.ended.includes(status)) row.ended.push(status)
  }
}
