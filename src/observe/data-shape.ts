import type { Flow } from '../flow/flow.ts'
import type { Step } from '../flow/step.ts'
import { type Lineage, probeLineage } from '../model/lineage.ts'
import type { Model } from '../model/model.ts'
import type { JsonSchema } from '../model/schema-validator.ts'

/** What is known of the data at one place of a flow. */
export interface Shape {
  readonly schema: JsonSchema
  /** Dotted paths of fields with personal data, elements of arrays without brackets: `lines.name`. */
  readonly personal: readonly string[]
}

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

const nothing: Shape = { schema: {}, personal: [] }

/** The shapes of a flow's data, by id of the step. A field made of personal fields is personal. */
export function flowShapes(flow: Flow): ReadonlyMap<string, StepShape> {
  const shapes = new Map<string, StepShape>()
  walk(flow.steps, shapeOf(flow.source.model), shapes)
  return shapes
}

export function shapeOf(model: Model): Shape {
  return { schema: model.jsonSchema, personal: model.pii.map(plainPath) }
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
      return { after: joined(before, shapeOf(step.model)) }
    case 'enrich': {
      const answer = shapeOf(step.channel.answer)
      const request = joined(shapeOf(step.channel.model), before)
      return { after: enriched(before, step.id, answer), request, answer }
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
      walk(step.body, itemOf(before), shapes)
      return { after: step.aggregate ? { ...nothing, personal: itemOf(before).personal } : before }
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

function enriched(before: Shape, name: string, answer: Shape): Shape {
  const properties = { ...(before.schema.properties as object | undefined), [name]: answer.schema }
  const required = [...((before.schema.required as string[] | undefined) ?? []), name]
  const inside = answer.personal.map(path => `${name}.${path}`)
  return { schema: { ...before.schema, properties, required }, personal: [...before.personal, ...inside] }
}

function joined(first: Shape, second: Shape): Shape {
  return { schema: first.schema, personal: [...new Set([...first.personal, ...second.personal])] }
}

/** Which part of the data the items are is not known: a field is personal wherever the end of its path stands. */
function itemOf(whole: Shape): Shape {
  const ends = whole.personal.flatMap(path => {
    const names = path.split('.')
    return names.map((_, n) => names.slice(n).join('.'))
  })
  return { schema: {}, personal: [...new Set(ends)] }
}

/** What could not be followed to its end counts as personal. */
function isPersonal(lineage: Lineage[string] | undefined, from: Shape): boolean {
  if (!lineage || from.personal.length === 0) return false
  const touches = (a: string, b: string) => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`)
  const reads = (source: string) => from.personal.some(path => touches(plainPath(source), path))
  return !lineage.complete || lineage.sources.some(reads)
}

function plainPath(path: string): string {
  return path.replaceAll('[]', '')
}
