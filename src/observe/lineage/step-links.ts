import type { Step } from '../../flow/step.ts'
import type { SplitStep } from '../../flow/steps/split.ts'
import { unchanged } from '../../flow/steps/to.ts'
import { Transaction } from '../../flow/transaction.ts'
import type { StepShape } from '../data-shape.ts'
import { type Shape, shapeOf } from '../shape.ts'
import { named } from './aggregate-links.ts'
import type { Maker } from './field-graph.ts'
import type { GraphBuilder, Making, Origin } from './graph-builder.ts'

/** Steps of a flow, or of what a pipeline extracts. */
export interface StepsAbout {
  readonly by: Pick<Maker, 'kind' | 'name'>
  /** Before the ids of steps; those of flows are unique, those of a pipeline in each of its tables. */
  readonly prefix: string
  readonly at: string | undefined
  readonly shapes: ReadonlyMap<string, StepShape>
}

const noShape: Shape = { schema: {}, personal: [] }

/** Follows data through steps, and gives where those come from that leave the last one. */
export class StepLinks {
  readonly #builder: GraphBuilder
  readonly #about: StepsAbout

  constructor(builder: GraphBuilder, about: StepsAbout) {
    this.#builder = builder
    this.#about = about
  }

  walk(steps: readonly Step[], start: Origin): Origin {
    let origin = start
    for (const step of steps) origin = this.#one(step, origin)
    return origin
  }

  #one(step: Step, origin: Origin): Origin {
    const builder = this.#builder
    const making = this.#making(step)
    const shape = this.#about.shapes.get(step.id)?.before ?? noShape
    switch (step.kind) {
      case 'map': {
        const place = builder.place(`${this.#about.prefix}/${step.id}`, 'step', step.mapping.to)
        builder.mapped(place, step.mapping.fields as Fields, shape, origin, making)
        return builder.at(place)
      }
      case 'enrich': {
        builder.converted(builder.channel(step.channel), step.request, shape, origin, making)
        const answer = builder.at(builder.answer(step.channel))
        const inside = `${step.id}.`
        return {
          places: [...origin.places, ...answer.places],
          of: path => (path.startsWith(inside) ? answer.of(path.slice(inside.length)) : origin.of(path)),
        }
      }
      case 'to':
        this.#sent(step, shape, origin, making)
        return origin
      case 'tap':
        builder.converted(builder.channel(step.channel), step.convert, shape, origin, making)
        return origin
      case 'split':
        return this.#split(step, shape, origin)
      case 'route':
        for (const { name, when, body } of step.branches) {
          builder.looks(`branch ${name}`, when, shape, origin, making)
          this.walk(body, origin)
        }
        return origin
      case 'filter':
        builder.looks(`filter ${step.id}`, step.keep, shape, origin, making)
        return origin
      default:
        return origin
    }
  }

  #split(step: SplitStep<Step>, whole: Shape, origin: Origin): Origin {
    const items = this.walk(step.body, this.#builder.taken(step.items, whole, origin))
    const { aggregate, body } = step
    if (!aggregate) return origin
    const item = this.#about.shapes.get(body.at(-1)?.id ?? '')?.after ?? noShape
    const properties = { whole: whole.schema, items: { type: 'array', items: item.schema } }
    const schema = { type: 'object', properties, required: ['whole', 'items'] }
    const each = { places: items.places, of: (path: string) => items.of(path.replace(/^\[\]\.?/, '')) }
    const combine = (both: { readonly items: readonly unknown[]; readonly whole: unknown }) =>
      aggregate(both.items, both.whole)
    return this.#builder.taken(combine, { schema, personal: [] }, named({ whole: origin, items: each }), true)
  }

  #sent(step: Step & { readonly kind: 'to' }, shape: Shape, origin: Origin, making: Making): void {
    const builder = this.#builder
    const place = builder.channel(step.channel)
    if (step.mapping) builder.mapped(place, step.mapping.fields as Fields, shape, origin, making)
    else if (step.convert === unchanged) builder.handed(place, origin, making)
    else builder.converted(place, step.convert, shape, origin, making)
    writeLinks(builder, step.channel, making)
  }

  #making({ id }: Step): Making {
    return { by: { ...this.#about.by, step: id }, at: this.#about.at }
  }
}

type Fields = Readonly<Record<string, (...given: never[]) => unknown>>

/** What a transaction writes into each of its systems. */
export function writeLinks(builder: GraphBuilder, channel: object, making: Making): void {
  if (!(channel instanceof Transaction)) return
  const shape = shapeOf(channel.model)
  const origin = builder.at(builder.channel(channel))
  for (const { channel: into, convert } of channel.writes)
    builder.converted(builder.channel(into), convert, shape, origin, { ...making, at: channel.at })
}
