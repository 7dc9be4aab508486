import type { Change } from '../../contract/diff.ts'
import { reachedFrom } from '../../contract/select.ts'
import { referredName } from '../../contract/sound-schema.ts'
import type { WrittenContract } from '../../contract/written.ts'
import { channelsOf, type Flow } from '../../flow/flow.ts'
import type { Landscape } from '../../flow/landscape.ts'
import { allSteps, isEffect } from '../../flow/step.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { flowShapes } from '../../observe/data-shape.ts'

/** Where a flow meets what is different; `certain` where a mapping shows that it reads or makes the very field. */
export interface FlowUse {
  readonly flow: string
  /** Id of the step; undefined for the source. */
  readonly step?: string | undefined
  readonly certain: boolean
}

interface FieldUse {
  readonly step: string
  readonly model: string
  readonly path: string
}

/** Which flows of the landscape meet a difference of the system's contract, as it was before. */
export function usesOf(
  landscape: Landscape,
  system: string,
  before: WrittenContract,
): (change: Change) => FlowUse[] {
  const flows = landscape.flows.map(flow => new FlowUses(flow, system, before))
  return change => flows.flatMap(flow => flow.of(change))
}

class FlowUses {
  readonly #flow: Flow
  readonly #system: string
  readonly #contract: WrittenContract
  readonly #fields: readonly FieldUse[]
  /** Model to the first step that has to do with it. */
  readonly #models = new Map<string, string | undefined>()

  constructor(flow: Flow, system: string, contract: WrittenContract) {
    this.#flow = flow
    this.#system = system
    this.#contract = contract
    this.#meet(flow.source.system === system ? flow.source.model.name : undefined, undefined)
    for (const step of [...allSteps(flow.steps)].filter(isEffect)) {
      if (step.channel.system !== system) continue
      this.#meet(step.channel.model.name, step.id)
      if ('answer' in step.channel) this.#meet(step.channel.answer.name, step.id)
    }
    this.#fields = this.#fieldUses()
  }

  of(change: Change): FlowUse[] {
    const flow = this.#flow.name
    if (change.of === 'channel') {
      const steps = [...allSteps(this.#flow.steps)].filter(isEffect)
      const step = steps.find(
        ({ channel }) => channel.system === this.#system && channel.name === change.name,
      )
      const { source } = this.#flow
      if (source.system === this.#system && source.name === change.name) return [{ flow, certain: true }]
      return step ? [{ flow, step: step.id, certain: true }] : []
    }
    const { path } = change
    const exact = this.#fields.filter(use => use.model === change.name && (!path || touches(use.path, path)))
    if (exact.length > 0)
      return [...new Set(exact.map(({ step }) => step))].map(step => ({ flow, step, certain: true }))
    return this.#models.has(change.name)
      ? [{ flow, step: this.#models.get(change.name), certain: false }]
      : []
  }

  #meet(model: string | undefined, step: string | undefined): void {
    if (model === undefined) return
    const all = this.#contract.models.map(each => ({ ...each, origin: each.name }))
    for (const name of reachedFrom([model], all)) if (!this.#models.has(name)) this.#models.set(name, step)
  }

  #fieldUses(): FieldUse[] {
    const channels = channelsOf(this.#flow).filter(({ system }) => system === this.#system)
    const known = new Map<object, string>()
    for (const channel of channels) {
      known.set(channel.model.jsonSchema, channel.model.name)
      if ('answer' in channel) known.set(channel.answer.jsonSchema, channel.answer.name)
    }
    return [...flowShapes(this.#flow).values()].flatMap(({ step, before, lineage }) => {
      if (!lineage) return []
      const read = Object.values(lineage.fields).flatMap(({ sources }) => sources)
      const target = isEffect(step) && step.channel.system === this.#system ? [step.channel.model.name] : []
      const made = target.flatMap(model => Object.keys(lineage.fields).map(path => ({ model, path })))
      const uses = [...read.flatMap(path => fieldsAt(before.schema, path, known)), ...made]
      return uses.flatMap(use => this.#within(use)).map(use => ({ ...use, step: step.id }))
    })
  }

  /** The field itself, and in each model that it lies in the rest of its path. */
  #within({ model, path }: { model: string; path: string }): { model: string; path: string }[] {
    const found = [{ model, path }]
    let schema = this.#schema(model)
    const parts = partsOf(path)
    for (const [index, part] of parts.entries()) {
      schema = stepInto(schema, part)
      const name = typeof schema?.$ref === 'string' ? referredName(schema.$ref) : undefined
      if (name === undefined) continue
      found.push({ model: name, path: textOf(parts.slice(index + 1)) })
      schema = this.#schema(name)
    }
    return found
  }

  #schema(model: string): JsonSchema | undefined {
    return this.#contract.models.find(({ name }) => name === model)?.schema
  }
}

/** The models among `known` that a path leads through, each with the rest of the path. */
function fieldsAt(
  schema: JsonSchema,
  path: string,
  known: ReadonlyMap<object, string>,
): { model: string; path: string }[] {
  const parts = partsOf(path)
  let at: JsonSchema | undefined = schema
  return [undefined, ...parts].flatMap((part, index) => {
    if (part !== undefined) at = stepInto(at, part)
    const model = at && known.get(at)
    return model === undefined ? [] : { model, path: textOf(parts.slice(index)) }
  })
}

/** `lines[].qty` as lines, [], qty. */
function partsOf(path: string): string[] {
  return path.replaceAll('[]', '.[]').split('.').filter(Boolean)
}

function textOf(parts: readonly string[]): string {
  return parts.join('.').replaceAll('.[]', '[]')
}

function stepInto(schema: JsonSchema | undefined, part: string): JsonSchema | undefined {
  const plain = schema && alternative(schema)
  const properties = Object(plain?.properties) as Record<string, JsonSchema>
  const next = part === '[]' ? plain?.items : Object.hasOwn(properties, part) ? properties[part] : undefined
  const inner = next as JsonSchema | undefined
  return inner && alternative(inner)
}

/** What a value is when it is not null. */
function alternative(schema: JsonSchema): JsonSchema {
  const several = schema.anyOf as readonly JsonSchema[] | undefined
  return several?.find(({ type }) => type !== 'null') ?? schema
}

/** One of the paths is the other, or lies in it. */
function touches(one: string, other: string): boolean {
  const [a, b] = [partsOf(one), partsOf(other)]
  const short = Math.min(a.length, b.length)
  return short === 0 || a.slice(0, short).join('.') === b.slice(0, short).join('.')
}
