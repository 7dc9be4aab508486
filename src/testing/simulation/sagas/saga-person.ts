import type { Engine } from '../../../engine/engine.ts'
import type { Attention } from '../../../engine/saga/attending.ts'
import { effectId, isPivotDone, sagaEffectKey } from '../../../engine/saga/perform.ts'
import { statusOf } from '../../../engine/saga/saga-log.ts'
import { newStage } from '../../../engine/saga/saga-state.ts'
import { reasonOf } from '../../../errors.ts'
import type { SagaDefinition } from '../../../flow/saga/stage.ts'
import { allStages, type Stage } from '../../../flow/saga/stage.ts'
import type { SeededRandom } from '../seeded-random.ts'
import type { SimulatedMachine } from '../simulated-machine.ts'
import type { SagaLog } from './saga-records.ts'
import { type HappeningData, landscapeName, type SagaWorld } from './saga-scenario.ts'

interface PersonOptions {
  readonly machine: SimulatedMachine<Engine>
  readonly world: SagaWorld
  readonly random: SeededRandom
  readonly log: (text: string) => void
  readonly definitions: () => readonly SagaDefinition[]
}

const who = { by: 'somebody', why: 'simulated' }

/** Answers questions, and lets sagas go on that need a person: who can look into the systems before. */
export class SagaPerson {
  /** Effect keys of what a person did by hand, to confirm that it has happened. */
  readonly byHand = new Set<string>()
  readonly #options: PersonOptions

  constructor(options: PersonOptions) {
    this.#options = options
  }

  /** Does something to one saga at any time, without being asked. */
  async meddle(logs: readonly SagaLog[]): Promise<void> {
    const { random } = this.#options
    const open = logs.filter(({ head }) => head.open)
    const saga = open[random.int(0, open.length - 1)]
    if (!saga) return
    const { name, key, state } = saga
    const questions = waiting(saga).filter(({ kind }) => kind === 'decide')
    const [question] = questions
    if (question && random.chance(0.5)) return this.#decide(saga, question)
    if (stuckIn(saga)) return random.chance(0.5) ? this.#settle(saga) : undefined
    const child = state.started.parent !== undefined
    await this.#do(`undo ${saga.id}${child ? ' (a child)' : ''}`, engine =>
      engine.sagas.resume(name, key, { how: 'undo', ...who }),
    )
  }

  /** Lets one saga rest or go on at any time, or says who works on it. */
  async attend(logs: readonly SagaLog[], random: SeededRandom): Promise<void> {
    const open = logs.filter(({ head }) => head.open)
    const saga = open[random.int(0, open.length - 1)]
    if (!saga) return
    const how = random.pick(['pause', 'pause', 'continue', 'take', 'release'] as const)
    await this.#attend(saga, how, random.pick([who.by, 'another']))
  }

  #attend({ name, key }: SagaLog, how: Attention['how'], by: string): Promise<void> {
    return this.#do(`${how} ${name}/${key} by ${by}`, engine =>
      engine.sagas.attend(name, key, { how, by, why: who.why }),
    )
  }

  /** Does whatever is waited for. */
  async serve(
    logs: readonly SagaLog[],
    tell: (name: string, data: HappeningData, id: string) => Promise<void>,
  ): Promise<void> {
    for (const saga of logs) {
      if (!saga.head.open) continue
      const { person, paused } = saga.state
      if (person && person.by !== who.by) await this.#attend(saga, 'take', who.by)
      if (paused) await this.#attend(saga, 'continue', who.by)
      if (stuckIn(saga)) await this.#settle(saga)
      for (const stage of waiting(saga)) {
        const kept = saga.state.stages.get(stage.id)?.waiting
        if (stage.kind === 'decide') await this.#decide(saga, stage)
        if (stage.kind === 'wait' && kept?.until === undefined)
          await tell(
            stage.event.name,
            { key: kept?.key ?? '', for: saga.key },
            `served ${saga.id} ${stage.id}`,
          )
      }
    }
  }

  #decide({ name, key }: SagaLog, stage: Stage): Promise<void> {
    const choice = this.#options.random.pick(['yes', 'no', 'no', 'neither'])
    return this.#do(`decide ${name}/${key} ${choice}`, engine =>
      engine.sagas.decide(name, key, { stage: stage.id, choice, ...who }),
    )
  }

  /** Knows what the systems hold; what they refuse is done by hand where there is no way back. */
  async #settle(saga: SagaLog): Promise<void> {
    const { world, random } = this.#options
    const { name, key, definition, state } = saga
    const [stage, doing] = stuckIn(saga) as readonly [Stage, 'do' | 'undo']
    const effectKey = this.#effectKey(saga, stage, doing)
    const step = stage.kind === 'step' ? world.steps.get(effectKey) : undefined
    const target = step && world.target(step)
    await target?.settled(effectKey)
    const happened = target?.happened(effectKey) === true
    const canTurn =
      doing === 'do' && !isPivotDone(definition.stages, state) && !(happened && step?.stage.isPivot)
    const resume = (how: 'retry' | 'confirm' | 'undo') =>
      this.#do(`${how} ${saga.id} ${stage.id} ${doing}`, engine =>
        engine.sagas.resume(name, key, {
          stage: stage.id,
          how,
          ...(how === 'confirm' && { result: {} }),
          ...who,
        }),
      )
    if (canTurn && random.chance(0.3)) return resume('undo')
    if (happened) return resume('confirm')
    const isHopeless =
      stage.kind === 'child' || state.stages.get(stage.id)?.[doing].error?.code === 'TARGET-REFUSED'
    if (!isHopeless && random.chance(0.8)) return resume('retry')
    if (canTurn && random.chance(0.5)) return resume('undo')
    if (step) this.byHand.add(step.firstKey)
    return resume('confirm')
  }

  #effectKey({ name, state }: SagaLog, stage: Stage, doing: 'do' | 'undo'): string {
    const progress = (state.stages.get(stage.id) ?? newStage)[doing]
    return sagaEffectKey(landscapeName, name, state.started.startId, effectId(stage, doing, progress))
  }

  async #do(what: string, use: (engine: Engine) => Promise<unknown>): Promise<void> {
    try {
      await this.#options.machine.call(use)
      this.#options.log(`person: ${what}`)
    } catch (error) {
      this.#options.log(`person: ${what}: ${reasonOf(error)}`)
    }
  }
}

function waiting({ state, definition }: SagaLog): Stage[] {
  if (state.turned) return []
  return [...allStages(definition.stages)].filter(({ id }) => {
    const known = state.stages.get(id)
    return known?.waiting !== undefined && known.do.status === 'open'
  })
}

function stuckIn({ state, definition }: SagaLog): readonly [Stage, 'do' | 'undo'] | undefined {
  if (statusOf(state) !== 'needs person') return undefined
  const doing = state.turned ? 'undo' : 'do'
  for (const stage of allStages(definition.stages))
    if (state.stages.get(stage.id)?.[doing].status === 'stuck') return [stage, doing]
  return undefined
}
