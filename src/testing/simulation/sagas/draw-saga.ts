import type {
  CalledChannel,
  ChildStage,
  Late,
  SagaDefinition,
  Scope,
  Stage,
  StepStage,
} from '../../../flow/saga/stage.ts'
import type { Model } from '../../../model/model.ts'
import type { Guard } from '../../../system/policy.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { channels, events, type HappeningData, Input, type InputData } from './saga-scenario.ts'

const inputOf = (scope: Scope): InputData => scope.input as InputData

/** Draws a saga with a number of stages of all kinds. `children` may be begun by it. */
export function drawSaga(
  random: SeededRandom,
  name: string,
  children: readonly SagaDefinition[],
  allowed: { readonly pivot: boolean },
): SagaDefinition {
  const drawing = new Drawing(random, name, children)
  const count = random.int(1, 6)
  const pivot = allowed.pivot && random.chance(0.6) ? random.int(0, count - 1) : undefined
  return definitionOf(name, 1, drawing.stages(count, pivot), [])
}

/** Another version of it: with a step in front, and some of its stages left out. */
export function drawNext(random: SeededRandom, before: SagaDefinition): SagaDefinition {
  const drawing = new Drawing(random, `${before.name}-2`, [])
  const kept = before.stages.filter(() => random.chance(0.8))
  return definitionOf(before.name, before.version + 1, [...drawing.stages(1, undefined), ...kept], [before])
}

export function definitionOf(
  name: string,
  version: number,
  stages: readonly Stage[],
  earlier: readonly SagaDefinition[],
): SagaDefinition {
  const model = Input as Model<unknown>
  return { name, version, model, key: input => (input as InputData).key, stages, earlier, at: undefined }
}

class Drawing {
  readonly #random: SeededRandom
  readonly #name: string
  readonly #children: readonly SagaDefinition[]
  #count = 0
  #isBehind = false
  #depth = 0

  constructor(random: SeededRandom, name: string, children: readonly SagaDefinition[]) {
    this.#random = random
    this.#name = name
    this.#children = children
  }

  stages(count: number, pivot: number | undefined): Stage[] {
    return Array.from({ length: count }, (_, n) => {
      if (n !== pivot) return this.#stage()
      const stage = { ...this.#step(), isPivot: true, undo: undefined, unchanged: undefined }
      this.#isBehind = true
      return stage
    })
  }

  #id(kind: string): string {
    return `${this.#name}.${kind}${++this.#count}`
  }

  #stage(): Stage {
    const random = this.#random
    const kinds = ['step', 'step', 'step', 'wait', 'delay', 'decide', 'compare'] as const
    const more = this.#isBehind ? kinds : ([...kinds, 'require', 'lock', 'recheck'] as const)
    const nested = this.#depth < 2 ? ([...more, 'together', 'when'] as const) : more
    const kind = random.pick(
      (this.#children.length > 0 ? [...nested, 'child'] : nested) as
        | typeof nested
        | readonly [...typeof nested, 'child'],
    )
    switch (kind) {
      case 'step':
        return this.#step()
      case 'together': {
        const branches = Array.from({ length: random.int(2, 3) }, (_, n) => ({
          name: `part${n}`,
          stages: this.#inside(random.int(1, 2)),
        }))
        return { kind, id: this.#id(kind), branches }
      }
      case 'when':
        return {
          kind,
          id: this.#id(kind),
          holds: scope => inputOf(scope).flag,
          stages: this.#inside(random.int(1, 2)),
        }
      case 'child':
        return this.#child()
      case 'compare':
        return this.#comparing()
      default:
        return this.#waits(kind)
    }
  }

  #waits(kind: 'wait' | 'delay' | 'decide' | 'require' | 'lock' | 'recheck'): Stage {
    const random = this.#random
    const id = this.#id(kind)
    const within = random.chance(0.5) ? random.int(1, 40_000) : undefined
    const late = random.pick<Late>(this.#isBehind ? ['person', 'go on'] : ['undo', 'person', 'go on'])
    switch (kind) {
      case 'wait': {
        const shared = random.chance(0.4)
        const choosy = random.chance(0.5)
        return {
          kind,
          id,
          event: random.pick(events) as never,
          key: scope => (shared ? inputOf(scope).business : inputOf(scope).key),
          accept: (event, scope) => !choosy || (event as HappeningData).for === inputOf(scope).key,
          within,
          late,
        }
      }
      case 'delay': {
        const length = random.int(1, 20_000)
        return { kind, id, length: () => length }
      }
      case 'decide':
        return { kind, id, question: () => 'well?', options: ['yes', 'no'], within, late }
      case 'require':
        return { kind, id, holds: scope => inputOf(scope).refused !== id }
      case 'lock':
        return { kind, id, on: scope => inputOf(scope).business, within }
      case 'recheck':
        return {
          ...this.#call(id, channels.look as CalledChannel),
          unchanged: (_, scope) => inputOf(scope).refused !== id,
        }
    }
  }

  #inside(count: number): Stage[] {
    this.#depth++
    const stages = Array.from({ length: count }, () => this.#stage())
    this.#depth--
    return stages
  }

  #child(): ChildStage {
    const random = this.#random
    const id = this.#id('child')
    const saga = this.#children[random.int(0, this.#children.length - 1)] as SagaDefinition
    const shared = random.chance(0.3)
    const input = (scope: Scope) => {
      const own = inputOf(scope)
      return { ...own, key: shared ? `${id}.${own.business}` : `${own.key}.${id}` }
    }
    return { kind: 'child', id, saga, input }
  }

  /** Reads a record that others write, too, and writes it. */
  #comparing(): Stage {
    const read = this.#call(this.#id('state'), channels.state as CalledChannel)
    const id = this.#id('change')
    const write = this.#call(id, channels.change as CalledChannel)
    const undo = this.#isBehind ? undefined : this.#call(`${id}:undo`, this.#pick(['set', 'ask', 'pay']))
    const requestOf = (stage: StepStage) => (scope: Scope) => ({
      ...(stage.request(scope) as object),
      record: inputOf(scope).business,
    })
    const version = (scope: Scope) => (scope[read.id] as { version: number }).version
    return {
      kind: 'when',
      id: this.#id('compare'),
      holds: () => true,
      stages: [
        { ...read, request: scope => ({ ...requestOf(read)(scope), poison: false }) },
        {
          ...write,
          undo,
          compares: read.id,
          request: scope => ({ ...requestOf(write)(scope), version: version(scope) }),
        },
      ],
    }
  }

  #step(): StepStage {
    const random = this.#random
    const channel = this.#pick(['look', 'set', 'ask', 'book', 'hire', 'mail', 'pay'])
    const id = this.#id(channel.name)
    const stage = this.#call(id, channel)
    const needsUndo = channel.effect.kind !== 'read' && !this.#isBehind
    if (!needsUndo || (channel.effect.kind === 'idempotent' && random.chance(0.1))) return stage
    return {
      ...stage,
      undo: this.#call(`${id}:undo`, this.#pick(['set', 'set', 'ask', 'book', 'hire', 'mail', 'pay'])),
    }
  }

  #pick(names: readonly [string, ...string[]]): CalledChannel {
    return channels[this.#random.pick(names)] as CalledChannel
  }

  #call(id: string, channel: CalledChannel): StepStage {
    const random = this.#random
    const policy: Guard = {
      retry: random.chance(0.3) ? { attempts: random.int(1, 6), longest: '3s' } : { longest: '5s' },
    }
    const request = (scope: Scope) => {
      const { key, refused } = inputOf(scope)
      return { key, poison: refused === id }
    }
    return { kind: 'step', id, channel, request, policy, isPivot: false, commutes: false }
  }
}
