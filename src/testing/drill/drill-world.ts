import { runningId } from '../../engine/saga/advance.ts'
import { effectId, sagaEffectKey } from '../../engine/saga/perform.ts'
import { IsthmusError } from '../../errors.ts'
import type { SagaDefinition } from '../../flow/saga/stage.ts'
import { allStages, type CalledChannel, calledChannels, type Stage } from '../../flow/saga/stage.ts'
import { samplesOf } from '../../model/sample.ts'
import { channelId } from '../../system/channel.ts'
import type { Connection } from '../../system/connector.ts'
import { isRepeatable } from '../../system/effect.ts'
import { isOwnChannel } from '../../system/own-system.ts'
import type { Answer, Outgoing, Probed } from '../../system/roles.ts'
import { type System, system } from '../../system/system.ts'
import { type DrillCase, isRefused, type Trouble } from './drill-case.ts'

/** What a drill is told of a saga, where samples of the models would not do. */
export interface DrillOptions {
  readonly input?: unknown
  /** What a requester answers, by the id of its channel. */
  readonly answers?: Readonly<Record<string, (request: never) => unknown>>
  /** The data of an event, by its name. */
  readonly events?: Readonly<Record<string, (input: never) => unknown>>
}

/** One effect at a simulated system. */
export interface DrillEffect {
  /** `pay/charge`, `charge:undo`. */
  readonly step: string
  readonly effectKey: string
}

/** The systems of a landscape as a drill plays them: they outlive the process, and do what the case says. */
export class DrillWorld {
  readonly effects: DrillEffect[] = []
  /** Steps that were called, in the order of their first calls. */
  readonly called = new Set<string>()
  readonly systems: readonly System[]
  readonly #case: DrillCase
  readonly #options: DrillOptions
  readonly #done = new Map<string, unknown>()
  readonly #counts = new Map<string, number>()
  /** Which step has an effect key. */
  readonly #steps: ReadonlyMap<string, string>

  constructor(
    landscape: string,
    saga: SagaDefinition,
    startId: string,
    drillCase: DrillCase,
    options: DrillOptions,
  ) {
    this.#case = drillCase
    this.#options = options
    this.#steps = new Map(stepKeys(landscape, saga, startId, ''))
    const channels = [...channelsOf(saga)].filter(channel => !isOwnChannel(channel))
    this.systems = [...new Set(channels.map(each => each.system))].map(name => this.#system(name))
  }

  count(step: string): number {
    return this.effects.filter(effect => effect.step === step).length
  }

  #system(name: string): System {
    const asked = { concurrency: 50, probe: async (item: Outgoing) => this.#probe(item) as Probed }
    const connection: Connection = {
      sink: channel => ({ ...asked, write: items => this.#take(channel, items) as Promise<Answer[]> }),
      requester: channel => ({ ...asked, ask: items => this.#take(channel, items) }),
      check: async () => {},
      close: async () => {},
    }
    return system(name, {
      kind: 'other',
      breaker: { failures: 1_000_000 },
      timeout: '5s',
      connector: { name: 'drill', summary: {}, channels: () => ({}), connect: async () => connection },
    })
  }

  #take(channel: CalledChannel, items: readonly Outgoing[]): Promise<Answer<unknown>[]> {
    return Promise.all(items.map(item => this.#one(channel, item)))
  }

  async #one(channel: CalledChannel, item: Outgoing): Promise<Answer<unknown>> {
    const step = this.#steps.get(item.effectKey) ?? channelId(channel)
    this.called.add(step)
    const count = (this.#counts.get(step) ?? 0) + 1
    this.#counts.set(step, count)
    const trouble = this.#case.troubles.get(step)
    const isRepeat = count > 1
    if (trouble === 'refused' || (isRepeat && (this.#case.onlyOnce || isRefused(trouble))))
      return no('TARGET-REFUSED', 'the drill refuses it')
    if (count === 2 && trouble === 'lost after its effect, then changed')
      return no('TARGET-CHANGED', 'changed')
    if (trouble === undefined || isRepeat) return { ok: true, result: this.#happen(channel, step, item) }
    return this.#inTrouble(trouble, channel, step, item)
  }

  #inTrouble(
    trouble: Trouble,
    channel: CalledChannel,
    step: string,
    item: Outgoing,
  ): Promise<Answer<unknown>> | Answer<unknown> {
    if (trouble === 'unreachable once') return no('TARGET-UNAVAILABLE', 'the drill cannot be reached')
    if (trouble === 'changed once') return no('TARGET-CHANGED', 'changed')
    if (trouble.startsWith('lost before its effect')) return no('TARGET-UNANSWERED', 'lost before')
    this.#happen(channel, step, item)
    if (trouble.startsWith('lost after its effect')) return no('TARGET-UNANSWERED', 'lost after')
    return new Promise(() => {})
  }

  #probe({ effectKey }: Outgoing): Probed<unknown> {
    return this.#done.has(effectKey)
      ? { outcome: 'done', result: this.#done.get(effectKey) }
      : { outcome: 'absent' }
  }

  /** The same effect key again happens again where the channel says that it would. */
  #happen(channel: CalledChannel, step: string, { data, effectKey }: Outgoing): unknown {
    const known = this.#done.get(effectKey)
    if (this.#done.has(effectKey) && isRepeatable(channel.effect)) return known
    const result = this.#answer(channel, data)
    this.#done.set(effectKey, result)
    if (channel.effect.kind !== 'read') this.effects.push({ step, effectKey })
    return result
  }

  #answer(channel: CalledChannel, data: unknown): unknown {
    const given = this.#options.answers?.[channelId(channel)]
    if (given) return given(data as never)
    return 'answer' in channel ? samplesOf(channel.answer.jsonSchema)[0] : undefined
  }
}

/** So often a step is made anew at most, since it finds changed once what it compares with. */
const mostAnew = 3

/** Every step of a saga and its children with its effect keys. */
function* stepKeys(
  landscape: string,
  saga: SagaDefinition,
  startId: string,
  prefix: string,
): Generator<readonly [string, string]> {
  const key = (id: string) => sagaEffectKey(landscape, saga.name, startId, id)
  for (const stage of allStages(saga.stages)) {
    if (stage.kind === 'child') yield* stepKeys(landscape, stage.saga, key(stage.id), `${prefix}${stage.id}/`)
    if (stage.kind !== 'step') continue
    for (const doing of ['do', 'undo'] as const)
      for (let anew = 0; anew <= (stage.compares === undefined ? 0 : mostAnew); anew++)
        yield [key(effectId(stage, doing, { anew })), prefix + runningId(stage, doing)]
  }
}

export function* channelsOf(saga: SagaDefinition): Generator<CalledChannel> {
  yield* calledChannels(saga.stages)
  for (const stage of allStages(saga.stages)) if (stage.kind === 'child') yield* channelsOf(stage.saga)
}

/** Every stage of a saga and its children, by the name that a drill gives it. */
export function* namedStages(
  saga: SagaDefinition,
  prefix = '',
): Generator<readonly [string, Stage, SagaDefinition]> {
  for (const stage of allStages(saga.stages)) {
    yield [prefix + stage.id, stage, saga]
    if (stage.kind === 'child') yield* namedStages(stage.saga, `${prefix}${stage.id}/`)
  }
}

function no(
  code: 'TARGET-REFUSED' | 'TARGET-CHANGED' | 'TARGET-UNAVAILABLE' | 'TARGET-UNANSWERED',
  reason: string,
): Answer<never> {
  return { ok: false, error: new IsthmusError(code, reason) }
}
