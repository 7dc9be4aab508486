import { hash } from 'node:crypto'
import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import type { Step } from '../../../flow/step.ts'
import { unchanged } from '../../../flow/steps/to.ts'
import { cleanersOf, type RowRules } from '../../../model/clean/clean-row.ts'
import { modelId } from '../../../model/model.ts'
import { flowShapes } from '../../../observe/data-shape.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { type AnyChannel, channelId } from '../../../system/channel.ts'
import type { DescribedCode, DescribedStep } from './schemas.ts'

type Code = (...given: never[]) => unknown

/** Where a step stands. */
type Place = Pick<DescribedStep, 'depth' | 'within' | 'branch'>

/** A flow's steps as data, those inside of others behind them, with the text of every function of its author. */
export function describedSteps(flow: Flow, files: SourceFiles): DescribedStep[] {
  const codeOf = (role: string, code: Code, field?: string): DescribedCode => {
    return { role, ...(field !== undefined && { field }), ...files.of(code, flow.at) }
  }
  const all = (steps: readonly Step[], place: Place): DescribedStep[] =>
    steps.flatMap(step => {
      const { id, kind } = step
      const inner = { depth: place.depth + 1, within: id }
      return [
        { step: id, kind, ...place, ...aboutStep(step), code: codeOfStep(step, codeOf) },
        ...(step.kind === 'split' ? all(step.body, inner) : []),
        ...(step.kind === 'route'
          ? step.branches.flatMap(({ name, body }) => all(body, { ...inner, branch: name }))
          : []),
      ]
    })
  return all(flow.steps, { depth: 0 })
}

type CodeOf = (role: string, code: Code, field?: string) => DescribedCode

function codeOfStep(step: Step, codeOf: CodeOf): DescribedCode[] {
  switch (step.kind) {
    case 'filter':
      return [codeOf('keep', step.keep)]
    case 'clean':
      return codeOfCleaners(step.rules, codeOf)
    case 'map':
      return fieldsOf(step.mapping.fields, codeOf)
    case 'validate':
      return step.rules.map(({ name, holds }) => codeOf('rule', holds, name))
    case 'enrich':
      return [codeOf('request', step.request), ...(step.miss ? [codeOf('miss', step.miss)] : [])]
    case 'tap':
      return [codeOf('convert', step.convert)]
    case 'to':
      if (step.mapping) return fieldsOf(step.mapping.fields, codeOf)
      return step.convert === unchanged ? [] : [codeOf('convert', step.convert)]
    case 'split':
      return [codeOf('items', step.items), ...(step.aggregate ? [codeOf('aggregate', step.aggregate)] : [])]
    case 'route':
      return step.branches.map(({ name, when }) => codeOf('when', when, name))
  }
}

function aboutStep(step: Step): Pick<DescribedStep, 'channel' | 'effect' | 'model'> {
  if ('channel' in step) return called(step.channel)
  if (step.kind === 'map') return { model: modelId(step.mapping.to) }
  return step.kind === 'validate' && step.model ? { model: modelId(step.model) } : {}
}

function called(channel: AnyChannel & { readonly effect: { readonly kind: string } }) {
  return { channel: channelId(channel), effect: channel.effect.kind, model: modelId(channel.model) }
}

function fieldsOf(fields: object, codeOf: (role: string, code: Code, field: string) => DescribedCode) {
  return Object.entries(fields).map(([field, code]) => codeOf('field', code as Code, field))
}

function codeOfCleaners(
  rules: RowRules,
  codeOf: (role: string, code: Code, field: string) => DescribedCode,
): DescribedCode[] {
  return cleanersOf(rules).map(([field, cleaner]) => {
    const told = codeOf('clean', cleaner, field)
    return cleaner.name && !told.file ? { ...told, name: cleaner.name } : told
  })
}

/**
 * Changes whenever the flow's declaration does: its steps, the text of its functions, the models on its way. What a
 * function takes from elsewhere (another function that it calls, a value outside of it) is not in it, but for the code tables
 * by which fields are made.
 */
export function flowHash(flow: Flow): string {
  const models = (channel: AnyChannel) => [
    channelId(channel),
    modelId(channel.model),
    channel.model.jsonSchema,
    channel.model.pii,
    'answer' in channel ? channel.answer.jsonSchema : null,
  ]
  const parts: unknown[] = [models(flow.source), String(flow.ordering.of), flow.ordering.behind]
  const walk = (steps: readonly Step[]): unknown[] =>
    steps.map(step => {
      const inner = step.kind === 'split' ? walk(step.body) : []
      const branches = step.kind === 'route' ? step.branches.map(({ name, body }) => [name, walk(body)]) : []
      const target = step.kind === 'map' ? [modelId(step.mapping.to), step.mapping.to.jsonSchema] : []
      const channel = 'channel' in step ? models(step.channel) : []
      const lookup = step.kind === 'enrich' ? step.lookup : undefined
      const policy = 'policy' in step ? (lookup ? [step.policy, lookup] : step.policy) : null
      return [step.kind, step.id, textsOf(step), target, channel, policy, inner, branches]
    })
  parts.push(flow.ordering.afterPark, walk(flow.steps))
  const tables = tablesOf(flow)
  if (tables.length > 0) parts.push(tables)
  return shortHash(parts)
}

/** The code tables by which fields are made, with their contents. */
function tablesOf(flow: Flow): string[] {
  const fields = [...flowShapes(flow).values()].flatMap(({ lineage }) => Object.values(lineage?.fields ?? {}))
  return [...new Set(fields.flatMap(({ tables }) => tables ?? []))].sort()
}

/** Of all that the landscape declares. */
export function landscapeHash(landscape: Landscape): string {
  const { systems, flows, sagas } = landscape
  return shortHash([
    systems.map(({ name, kind, connector, governance }) => [name, kind, connector.name, governance]),
    flows.map(flow => [flow.name, flowHash(flow)]),
    sagas.map(({ name, version }) => [name, version]),
  ])
}

function textsOf(step: Step): string[] {
  const own = Object.values(step).filter(value => typeof value === 'function')
  const fields =
    step.kind === 'map'
      ? Object.values(step.mapping.fields)
      : step.kind === 'to'
        ? Object.values(step.mapping?.fields ?? {})
        : []
  const cleaners = step.kind === 'clean' ? cleanersOf(step.rules).map(([, cleaner]) => cleaner) : []
  const rules =
    step.kind === 'validate'
      ? step.rules.map(({ severity, name, holds }) => `${severity} ${name} ${String(holds)}`)
      : []
  const conditions = step.kind === 'route' ? step.branches.map(({ when }) => when) : []
  const code = [...own, ...fields, ...cleaners, ...conditions]
  return [...code.map(each => `${(each as Code).name} ${String(each)}`), ...rules]
}

function shortHash(value: unknown): string {
  return hash('sha256', JSON.stringify(value)).slice(0, 12)
}
