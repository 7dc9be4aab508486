import type { Flow } from '../flow/flow.ts'
import type { Step } from '../flow/step.ts'
import type { EnrichStep } from '../flow/steps/enrich.ts'
import type { SplitStep } from '../flow/steps/split.ts'
import { type Lineage, probeLineage } from '../model/lineage.ts'
import type { Model } from '../model/model.ts'
import { handedOn, pathEnds } from './handed-on.ts'
import { answerShape, channelShape } from './inherited.ts'
import { plainPath, type Shape, shapeOf } from './shape.ts'

/** One step and the shapes around it. `request` and `answer` are there where it calls a channel. */
export interface StepShape {
  readonly step: Step
  readonly before: Shape
  readonly after: Shape
  readonly request?: Shape
  readonly answer?: Shape
  /** Where the target is made field by field. */
  readonly lineage?: { readonly target: string; readonly fields: Lineage }
}

/** The shapes of a flow's data, by id of the step. A field made of personal fields is personal. */
export function flowShapes(flow: Flow): ReadonlyMap<string, StepShape> {
  return stepShapes(flow.steps, channelShape(flow.source))
}

/** The shapes of data on their way through steps. */
export function stepShapes(steps: readonly Step[], start: Shape): ReadonlyMap<string, StepShape> {
  const shapes = new Map<string, StepShape>()
  walk(steps, start, shapes)
  return shapes
}

/** Does a function of this data read a personal field? */
export function readsPersonal(shape: Shape, read: (data: never) => unknown): boolean {
  if (shape.personal.length === 0) return false
  return isPersonal(probeLineage([['result', read]], shape.schema).result, shape)
}

function walk(steps: readonly Step[], start: Shape, shapes: Map<string, StepShape>): Shape {
  let before = start
  for (const step of steps) {
    const known = stepShape(step, before, shapes)
    shapes.set(step.id, { step, before, ...known })
    before = known.after
  }
  return before
}

function stepShape(
  step: Step,
  before: Shape,
  shapes: Map<string, StepShape>,
): Omit<StepShape, 'step' | 'before'> {
  switch (step.kind) {
    case 'map': {
      const fields = step.mapping.lineage({ jsonSchema: before.schema })
      return {
        after: mapped(step.mapping.to, fields, before),
        lineage: { target: step.mapping.to.name, fields },
      }
    }
    case 'validate':
      return { after: step.model ? joined(before, shapeOf(step.model)) : before }
    case 'enrich': {
      const answer = answerShape(step.channel)
      const request = joined(shapeOf(step.channel.model), before)
      return { after: enriched(before, step, answer), request, answer }
    }
    case 'to': {
      const fields = step.mapping?.lineage({ jsonSchema: before.schema })
      const { model } = step.channel
      if (!fields) return { after: before, request: joined(shapeOf(model), before) }
      const lineage = { target: model.name, fields }
      return { after: before, request: mapped(model, fields, before), lineage }
    }
    case 'tap':
      return { after: before, request: joined(shapeOf(step.channel.model), before) }
    case 'split': {
      const items = walk(step.body, handedOn(before, step.items) ?? unknownPart(before), shapes)
      return { after: step.aggregate ? aggregated(before, items, step.aggregate) : before }
    }
    case 'route':
      for (const branch of step.branches) walk(branch.body, before, shapes)
      return { after: before }
    default:
      return { after: before }
  }
}

function mapped(to: Model, fields: Lineage, from: Shape): Shape {
  const made = Object.keys(fields).filter(name => isPersonal(fields[name], from))
  return joined(shapeOf(to), { schema: {}, personal: made })
}

/** Where nothing is found, a lookup adds what is made of the data. */
function enriched(before: Shape, { id: name, miss }: EnrichStep, answer: Shape): Shape {
  const properties = { ...(before.schema.properties as object | undefined), [name]: answer.schema }
  const required = [...((before.schema.required as string[] | undefined) ?? []), name]
  const inside = answer.personal.map(path => `${name}.${path}`)
  if (miss && readsPersonal(before, miss)) inside.push(name)
  return { schema: { ...before.schema, properties, required }, personal: [...before.personal, ...inside] }
}

function joined(first: Shape, second: Shape): Shape {
  return { schema: first.schema, personal: [...new Set([...first.personal, ...second.personal])] }
}

function aggregated(whole: Shape, item: Shape, combine: NonNullable<SplitStep['aggregate']>): Shape {
  const properties = { whole: whole.schema, items: { type: 'array', items: item.schema } }
  const inside = (name: string, shape: Shape) => shape.personal.map(path => `${name}.${path}`)
  const personal = [...inside('whole', whole), ...inside('items', item)]
  const both = { schema: { type: 'object', properties, required: ['whole', 'items'] }, personal }
  type Both = { readonly whole: unknown; readonly items: readonly unknown[] }
  return handedOn(both, data => [combine((data as Both).items, (data as Both).whole)]) ?? unknownPart(both)
}

/** Of data of which no sample tells anything: a field is personal wherever the end of its path stands. */
function unknownPart(whole: Shape): Shape {
  return { schema: {}, personal: pathEnds(whole.personal) }
}

/** What could not be followed to its end counts as personal. */
function isPersonal(lineage: Lineage[string] | undefined, from: Shape): boolean {
  if (!lineage || from.personal.length === 0) return false
  const touches = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
  const reads = (source: string) => from.personal.some(path => touches(plainPath(source), path))
  return !lineage.complete || lineage.sources.some(reads)
}
