import { Type } from 'typebox'
import { effectId, sagaEffectKey } from '../../../engine/saga/perform.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { ownSystemsOf, sagasOf } from '../../../flow/own-systems.ts'
import { sagaEvent } from '../../../flow/saga/saga-event.ts'
import type { SagaDefinition } from '../../../flow/saga/stage.ts'
import { allStages, type CalledChannel, type StepStage } from '../../../flow/saga/stage.ts'
import { type DataOf, model } from '../../../model/model.ts'
import type { Connection } from '../../../system/connector.ts'
import { compensable, idempotent, irreversible, isRepeatable, probed, read } from '../../../system/effect.ts'
import type { Answer, Outgoing } from '../../../system/roles.ts'
import { system } from '../../../system/system.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { SimulatedTarget, type Versioned, Versions } from '../simulated-target.ts'
import type { VirtualTime } from '../virtual-time.ts'

/** `refused` is the id of a step, or of its undo, that its target refuses, or of a condition that does not hold. */
export const Input = model('Input', {
  version: 1,
  key: 'key',
  schema: Type.Object({
    key: Type.String(),
    business: Type.String(),
    flag: Type.Boolean(),
    refused: Type.String(),
  }),
})
export type InputData = DataOf<typeof Input>

const Request = model('Request', {
  version: 1,
  schema: Type.Object({
    key: Type.String(),
    poison: Type.Boolean(),
    record: Type.Optional(Type.String()),
    version: Type.Optional(Type.Integer()),
  }),
})
const Answered = model('Answered', {
  version: 1,
  schema: Type.Object({ by: Type.String(), version: Type.Optional(Type.Integer()) }),
})

const Happening = model('Happening', {
  version: 1,
  key: 'key',
  schema: Type.Object({ key: Type.String(), for: Type.String() }),
})
export type HappeningData = DataOf<typeof Happening>

export const events = [sagaEvent('arrived', Happening), sagaEvent('checked', Happening)] as const

const base = { model: Request, options: undefined }
const sink = (name: string, system: string) => ({ ...base, role: 'sink', name, system }) as const
const asks = (name: string, system: string) =>
  ({ ...base, role: 'requester', answer: Answered, name, system }) as const

/** One channel of each kind of effect, and a record that is read, and written by who names its version. */
export const channels = {
  look: { ...asks('look', 'left'), effect: read },
  set: { ...sink('set', 'left'), effect: idempotent },
  ask: { ...asks('ask', 'right'), effect: probed(idempotent) },
  book: { ...asks('book', 'left'), effect: compensable },
  hire: { ...sink('hire', 'right'), effect: probed(compensable) },
  mail: { ...sink('mail', 'right'), effect: irreversible },
  pay: { ...asks('pay', 'left'), effect: probed(irreversible) },
  state: { ...asks('state', 'right'), effect: read },
  change: { ...sink('change', 'right'), effect: probed(idempotent) },
} as unknown as Readonly<Record<string, CalledChannel>>

/** A step of one saga, as its effect key says. */
export interface KnownStep {
  readonly saga: string
  readonly key: string
  readonly stage: StepStage
  readonly doing: 'do' | 'undo'
  readonly effectKey: string
  /** Under which it was called first: one that is made anew is another effect. */
  readonly firstKey: string
  readonly definition: SagaDefinition
}

/** A saga that somebody began, and what came of asking for it. */
export interface Begun {
  readonly name: string
  readonly input: InputData
  readonly startId: string
  acknowledged: boolean
  refused: boolean
}

/** More often no step is made anew: so many changes there are not. */
const mostAnew = 100

export const landscapeName = 'simulated'

/** The systems outside of the sagas. They go on when the process dies. */
export class SagaWorld {
  readonly targets = new Map<string, SimulatedTarget>()
  /** By effect key. */
  readonly steps = new Map<string, KnownStep>()
  readonly #versions: Versions

  constructor(time: VirtualTime, random: SeededRandom, log: (text: string) => void) {
    this.#versions = new Versions(random.chance(0.5))
    const common = { time, random, log, refusesLate: true }
    for (const { name, effect } of Object.values(channels)) {
      const versions = name === 'change' ? this.#versions : undefined
      const repeatable = isRepeatable(effect)
      this.targets.set(name, new SimulatedTarget({ ...common, name, repeatable, versions }))
    }
  }

  landscape(sagas: readonly SagaDefinition[], timeout: string): Landscape {
    const all = sagasOf(
      [],
      sagas.map(definition => ({ definition })),
    )
    const connection: Connection = {
      sink: channel => ({
        concurrency: 50,
        write: items => this.#take(channel, items),
        probe: this.#probe(channel),
      }),
      requester: channel => ({
        concurrency: 50,
        ask: items => this.#take(channel, items),
        probe: this.#probe(channel),
      }),
      check: async () => {},
      close: async () => {},
    }
    const connector = { name: 'world', summary: {}, channels: () => ({}), connect: async () => connection }
    const systems = ['left', 'right'].map(name =>
      system(name, {
        kind: 'other',
        connector,
        timeout,
        breaker: { failures: 5, first: '200ms', longest: '5s' },
      }),
    )
    return {
      name: landscapeName,
      systems: [...systems, ...ownSystemsOf([], all)],
      flows: [],
      sagas: all,
      aggregates: [],
      projections: [],
      pipelines: [],
      alerts: [],
      alertChannels: [],
      sentinels: [],
      at: undefined,
    }
  }

  /** Notes which effect keys a saga has, and those of its children. */
  expect(definition: SagaDefinition, input: InputData, startId: string): void {
    const of = (id: string) => sagaEffectKey(landscapeName, definition.name, startId, id)
    for (const version of [definition, ...definition.earlier])
      for (const stage of allStages(version.stages)) {
        if (stage.kind === 'child') this.expect(stage.saga, stage.input({ input }) as InputData, of(stage.id))
        if (stage.kind !== 'step') continue
        const common = { saga: definition.name, key: input.key, stage, definition: version }
        for (const doing of ['do', 'undo'] as const) {
          const times = doing === 'do' && stage.compares !== undefined ? mostAnew : 0
          const firstKey = of(effectId(stage, doing, { anew: 0 }))
          for (let anew = 0; anew <= times; anew++) {
            const effectKey = of(effectId(stage, doing, { anew }))
            this.steps.set(effectKey, { ...common, doing, effectKey, firstKey })
          }
        }
      }
  }

  target({ stage, doing }: Pick<KnownStep, 'stage' | 'doing'>): SimulatedTarget | undefined {
    const channel = doing === 'do' ? stage.channel : stage.undo?.channel
    return this.targets.get(channel?.name ?? '')
  }

  /** Every effect that happened, in order, with the step that had it. */
  effects(): { readonly step: KnownStep; readonly at: number }[] {
    return [...this.targets.values()]
      .flatMap(({ effects }) => effects)
      .map(({ effectKey, at }) => ({ step: this.steps.get(effectKey) as KnownStep, at }))
      .sort((a, b) => a.at - b.at)
  }

  #take(channel: CalledChannel, items: readonly Outgoing[]): Promise<Answer<never>[]> {
    return Promise.all(items.map(item => this.#takeOne(channel, item))) as Promise<Answer<never>[]>
  }

  /** A system does what it was told about one thing in the order in which it was told: an undo waits for its step. */
  async #takeOne(channel: CalledChannel, item: Outgoing): Promise<Answer> {
    const step = this.steps.get(item.effectKey)
    if (!step) throw new Error(`nobody knows the effect key ${item.effectKey}`)
    if (step.doing === 'undo') await this.#settled(step)
    const [answer] = await (this.targets.get(channel.name) as SimulatedTarget).take([item])
    if (channel.name !== 'state' || !answer?.ok) return answer as Answer
    const version = this.#versions.of((item.data as Versioned).record)
    return { ok: true, result: { by: 'state', version } }
  }

  async #settled({ definition, saga, key, stage }: KnownStep): Promise<void> {
    for (const each of this.steps.values())
      if (
        each.definition === definition &&
        each.saga === saga &&
        each.key === key &&
        each.stage === stage &&
        each.doing === 'do'
      )
        await this.target(each)?.settled(each.effectKey)
  }

  #probe(channel: CalledChannel) {
    return (item: Outgoing) => (this.targets.get(channel.name) as SimulatedTarget).probe(item)
  }
}
