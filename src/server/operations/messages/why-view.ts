import { isDeepStrictEqual } from 'node:util'
import type { Flow } from '../../../flow/flow.ts'
import type { Landscape } from '../../../flow/landscape.ts'
import { allSteps, type Step } from '../../../flow/step.ts'
import { unchanged } from '../../../flow/steps/to.ts'
import { modelId } from '../../../model/model.ts'
import { flowShapes } from '../../../observe/data-shape.ts'
import { influences } from '../../../observe/lineage/influence.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { masked } from '../../../observe/personal-data.ts'
import { channelId } from '../../../system/channel.ts'
import { flowHash } from '../landscape/described.ts'
import type { KnownVersion } from '../landscape/registry.ts'
import { type MessageSearch, messageName, parseMessageName } from '../operations.ts'
import type { TracedMessage } from '../schemas.ts'
import { stepId } from '../traced-message.ts'
import type { WhyAnswer, WhyQuery, WhyStep } from './schemas.ts'
import { StepChanges } from './step-changes.ts'
import { valueAt } from './value-at.ts'

type Hop = TracedMessage['hops'][number]
type Code = (...given: never[]) => unknown
type Told = Pick<WhyStep, 'how' | 'field'> & Partial<WhyStep>

/** Steps that are told of one value, and messages that are followed back. */
const mostSteps = 300
const mostMessages = 20

/** Follows a value back through the steps of messages, as a trace shows them: what is masked there stays masked. */
export class WhyView {
  readonly #flows: ReadonlyMap<string, Flow>
  readonly #files: SourceFiles
  readonly #messages: (which: MessageSearch) => Promise<TracedMessage[]>
  readonly #versions: Readonly<Record<string, readonly KnownVersion[]>>

  constructor(parts: {
    readonly landscape: Landscape
    readonly files: SourceFiles
    messages(which: MessageSearch): Promise<TracedMessage[]>
    readonly versions: Readonly<Record<string, readonly KnownVersion[]>>
  }) {
    this.#flows = new Map(parts.landscape.flows.map(flow => [flow.name, flow]))
    this.#files = parts.files
    this.#messages = parts.messages
    this.#versions = parts.versions
  }

  /** Undefined if no message of the key has the field. The last message that has it is told. */
  async of({ key, field, flow, showPii = false }: WhyQuery): Promise<WhyAnswer | undefined> {
    const found = await this.#of(key, showPii)
    for (const message of found.reverse()) {
      const declared = this.#flows.get(message.flow)
      if (!declared || (flow !== undefined && message.flow !== flow)) continue
      const walk = new Walk(declared, message, this.#files)
      if (!walk.begin(field)) continue
      return this.#answer(key, field, walk, showPii)
    }
    return undefined
  }

  async #of(key: string, showPii: boolean): Promise<TracedMessage[]> {
    const found = await this.#messages({ key, showPii, limit: 50 })
    if (found.length > 0) return found
    const name = parseMessageName(key)
    if (name) return this.#messages({ ...name, showPii })
    return /^[0-9a-f-]{36}$/.test(key) ? this.#messages({ id: key, showPii, limit: 50 }) : []
  }

  async #answer(key: string, field: string, first: Walk, showPii: boolean): Promise<WhyAnswer> {
    const walks = [first]
    const steps: WhyStep[] = []
    const add = async (walk: Walk): Promise<void> => {
      for (const step of walk.steps) {
        if (steps.length >= mostSteps) return
        steps.push(step)
        if (step.how !== 'delivered' || walks.length >= mostMessages) continue
        const before = await this.#sender(walk, step, showPii)
        if (!before) continue
        walks.push(before)
        await add(before)
      }
    }
    await add(first)
    const versions = walks.flatMap(({ message }) => this.#versionOf(message) ?? [])
    const isSame = versions.every(({ flow, hash }) => flowHash(this.#flows.get(flow) as Flow) === hash)
    const distinct = [...new Map(versions.map(each => [`${each.flow} ${each.version}`, each])).values()]
    return {
      key,
      field,
      masked: walks.some(({ message }) => message.masked),
      steps: discreet(steps),
      versions: distinct,
      recomputed: isSame,
    }
  }

  /** The message of another flow by which the source got it. */
  async #sender(
    { flow, message }: Walk,
    { field, depth }: WhyStep,
    showPii: boolean,
  ): Promise<Walk | undefined> {
    if (message.cause === undefined) return undefined
    for (const cause of await this.#messages({ id: message.cause, showPii, limit: 10 })) {
      const declared = this.#flows.get(cause.flow)
      if (!declared) continue
      const walk = new Walk(declared, cause, this.#files)
      if (walk.begin(`${channelId(flow.source)}.${field}`, depth + 1)) return walk
    }
    return undefined
  }

  #versionOf({ flow, acceptedAt }: TracedMessage): WhyAnswer['versions'][number] | undefined {
    const versions = this.#versions[flow] ?? []
    const known = versions.find(({ since }) => since <= acceptedAt) ?? versions.at(-1)
    return known && { flow, version: known.version, hash: known.hash, since: known.since }
  }
}

/** For people, where there is no answer. */
export function nothingFound({ key, field, table }: WhyQuery): string {
  return table === undefined
    ? `No message of ${key} has a field ${field}.`
    : `Table ${table} has no row ${key}.`
}

/** One message, from the end of its steps to their beginning. */
class Walk {
  readonly flow: Flow
  readonly message: TracedMessage
  readonly steps: WhyStep[] = []
  readonly #files: SourceFiles
  readonly #changes: StepChanges
  readonly #declared: ReadonlyMap<string, Step>
  readonly #shapes: ReturnType<typeof flowShapes>

  constructor(flow: Flow, message: TracedMessage, files: SourceFiles) {
    this.flow = flow
    this.message = message
    this.#files = files
    this.#changes = new StepChanges(flow, files)
    this.#declared = new Map([...allSteps(flow.steps)].map(step => [step.id, step]))
    this.#shapes = flowShapes(flow)
  }

  /** False if the message nowhere has the field. */
  begin(asked: string, depth = 0): boolean {
    const { hops } = this.message
    for (let at = hops.length - 1; at >= 0; at--) {
      const hop = hops[at] as Hop
      const sent = nameWithin(asked, this.#namesOf(hop, 'sent'))
      if (hop.call && sent !== undefined && valueAt(hop.call.request, sent) !== undefined) {
        this.#sent(at, sent, depth)
        return true
      }
      const made = nameWithin(asked, this.#namesOf(hop, 'made'))
      if (made !== undefined && valueAt(hop.after, made) !== undefined) {
        this.#tell(hop, depth, { how: 'made', field: made, value: valueAt(hop.after, made) })
        this.#back(at, made, depth + 1)
        return true
      }
    }
    return false
  }

  #namesOf(hop: Hop, side: 'sent' | 'made'): readonly string[] {
    const step = this.#declared.get(stepId(hop.step))
    const { source } = this.flow
    if (side === 'sent')
      return step && 'channel' in step ? namesOf(channelId(step.channel), step.channel.model) : []
    if (step?.kind === 'map') return namesOf(undefined, step.mapping.to)
    return step ? [] : namesOf(channelId(source), source.model)
  }

  #sent(at: number, field: string, depth: number): void {
    const hop = this.message.hops[at] as Hop
    const step = this.#declared.get(stepId(hop.step))
    const told: Told = {
      how: 'sent',
      field,
      value: valueAt(hop.call?.request, field),
      channel: hop.call?.channel,
    }
    if (step?.kind === 'to' && step.mapping) this.#mapped(at, field, depth, told)
    else if (step?.kind === 'to' && step.convert === unchanged) {
      this.#tell(hop, depth, told)
      this.#back(at - 1, field, depth + 1, hop)
    } else {
      const code = step?.kind === 'enrich' ? step.request : (step as { convert?: Code } | undefined)?.convert
      this.#converted(at, field, depth, told, code, '')
    }
  }

  /** What made the field that the data have behind a hop; `from` is the hop before which they are looked at. */
  #back(until: number, field: string, depth: number, from = this.message.hops[until] as Hop): void {
    const { hops } = this.message
    for (let at = until; at >= 0; at--) {
      const hop = hops[at] as Hop
      if (!isOnWay(hop.step, from.step)) continue
      if (this.#ends(at, hop, field, depth, from)) return
    }
  }

  /** Tells what a hop did to the field; true where it goes on no further here. */
  #ends(at: number, hop: Hop, field: string, depth: number, from: Hop): boolean {
    const step = this.#declared.get(stepId(hop.step))
    switch (step?.kind) {
      case undefined:
        this.#delivered(hop, field, depth)
        return true
      case 'map':
        this.#mapped(at, field, depth, { how: 'mapped', field, value: valueAt(hop.after, field) })
        return true
      case 'clean':
        return this.#cleaned(at, hop, field, depth)
      case 'enrich':
        if (!field.startsWith(`${step.id}.`)) return false
        this.#tell(hop, depth, {
          how: 'answered',
          field: field.slice(step.id.length + 1),
          value: valueAt(hop.call?.answer, field.slice(step.id.length + 1)),
          channel: channelId(step.channel),
        })
        return true
      case 'split':
        return this.#split(at, hop, step, field, depth, from)
      default:
        return false
    }
  }

  #mapped(at: number, field: string, depth: number, told: Told): void {
    const hop = this.message.hops[at] as Hop
    const change = this.#changes.of(hop).find(each => each.field === topOf(field))
    const { rules = [], sources = [], complete = false } = change?.why ?? {}
    this.#tell(hop, depth, { ...told, rules, complete })
    for (const source of sources) this.#back(at - 1, source.field, depth + 1, hop)
  }

  #cleaned(at: number, hop: Hop, field: string, depth: number): boolean {
    const changes = this.#changes.of(hop)
    const change =
      changes.find(each => each.field === field) ?? changes.find(each => each.field === topOf(field))
    if (!change) return false
    this.#tell(hop, depth, {
      how: 'cleaned',
      field,
      value: valueAt(hop.after, field),
      rules: change.why.rules,
    })
    this.#back(at - 1, field, depth + 1, hop)
    return true
  }

  #split(
    at: number,
    hop: Hop,
    step: Step & { kind: 'split' },
    field: string,
    depth: number,
    from: Hop,
  ): boolean {
    const index = new RegExp(`^${escaped(hop.step)}\\[(\\d+)\\]\\.`).exec(from.step)?.[1]
    if (index !== undefined) {
      const value = valueAt(this.#itemsOf(step, hop)?.[Number(index)], field)
      const told: Told = { how: 'item', field, value, note: `item ${Number(index) + 1}` }
      this.#converted(at, field, depth, told, step.items, '[]', index)
      return true
    }
    if (!step.aggregate) return false
    this.#tell(hop, depth, {
      how: 'aggregated',
      field,
      value: valueAt(hop.after, field),
      rules: [this.#files.of(step.aggregate as Code, this.flow.at)],
      complete: false,
    })
    return true
  }

  #itemsOf(step: Step & { kind: 'split' }, { before }: Hop): readonly unknown[] | undefined {
    try {
      return step.items(before)
    } catch {
      return undefined
    }
  }

  /** Made by one function for several fields: of what is known to change this one. */
  #converted(
    at: number,
    field: string,
    depth: number,
    told: Told,
    code: Code | undefined,
    prefix: string,
    index?: string,
  ): void {
    const hop = this.message.hops[at] as Hop
    const shape = this.#shapes.get(stepId(hop.step))?.before
    const made = code && shape ? influences(shape.schema, code as (data: never) => unknown) : undefined
    const path = prefix ? `${prefix}.${field}` : field
    const of = made?.find(each => each.path === path.replaceAll(/\[\d+\]/g, '[]'))
    const rules = code ? [this.#files.of(code, this.flow.at)] : []
    this.#tell(hop, depth, { ...told, rules, complete: of?.complete ?? false })
    for (const { from } of of?.sources ?? []) {
      const source = index === undefined ? from : from.replace('[]', `[${index}]`)
      this.#back(at - 1, source, depth + 1, hop)
    }
  }

  #delivered(hop: Hop, field: string, depth: number): void {
    const { edited } = this.message
    const value = valueAt(hop.after ?? hop.before, field)
    const original = valueAt(edited?.original, field)
    const isEdited = edited !== undefined && !isDeepStrictEqual(original, value)
    if (edited && isEdited) this.#tell(hop, depth, { how: 'edited', field, value, note: `by ${edited.by}` })
    this.#tell(hop, isEdited ? depth + 1 : depth, {
      how: 'delivered',
      field,
      value: isEdited ? original : value,
      channel: channelId(this.flow.source),
    })
  }

  #tell(hop: Hop, depth: number, { value, channel, note, ...told }: Told): void {
    this.steps.push({
      depth,
      message: messageName(this.message),
      step: hop.step,
      rules: [],
      complete: true,
      ...(value !== undefined && { value }),
      ...(channel !== undefined && { channel }),
      ...(note !== undefined && { note }),
      ...told,
    })
  }
}

/** A value that is made of a masked one is masked too, although the flow that made it does not know of what. */
function discreet(steps: readonly WhyStep[]): WhyStep[] {
  return steps.map((step, at) => {
    const next = steps.findIndex(({ depth }, other) => other > at && depth <= step.depth)
    const behind = steps.slice(at + 1, next === -1 ? steps.length : next)
    if (step.value === undefined || !behind.some(({ value }) => value === masked)) return step
    const rules = step.rules.map(({ before: _, after: __, ...rule }) => rule)
    return { ...step, value: masked, rules }
  })
}

/** As people write a field: alone, behind the channel, behind the model. */
function namesOf(
  channel: string | undefined,
  model: { readonly name: string; readonly version: number },
): string[] {
  return [...(channel === undefined ? [] : [channel]), modelId(model), model.name]
}

function nameWithin(asked: string, names: readonly string[]): string | undefined {
  const name = names.find(each => asked.startsWith(`${each}.`))
  return name === undefined ? asked : asked.slice(name.length + 1)
}

/** A hop stands on the way of another one: in the same list of steps, or around it. */
function isOnWay(step: string, from: string): boolean {
  const inside = step.slice(0, step.lastIndexOf('].') + 1)
  return from.startsWith(inside)
}

function topOf(field: string): string {
  return /^[^.[]+/.exec(field)?.[0] ?? field
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
