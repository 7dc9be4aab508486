import { judgementOf } from '../model/compatibility/judgement.ts'
import { compareSchemas, type SchemaChange } from '../model/compatibility/schema-diff.ts'
import { reachedFrom } from './select.ts'
import type { WrittenChannel, WrittenContract } from './written.ts'

/** One difference, from the point of view of those who use the system. */
export interface Change {
  readonly of: 'model' | 'channel'
  /** Of the model or channel. */
  readonly name: string
  /** Of a field of a model: `lines[].qty`. */
  readonly path?: string
  readonly text: string
  readonly breaking: boolean
  readonly why: string
}

/** Which way a model travels. */
interface Sides {
  /** We send it. */
  readonly sent: boolean
  /** We receive it. */
  readonly received: boolean
}

/** What is different in `after`; what breaks comes first. */
export function compareContracts(before: WrittenContract, after: WrittenContract): Change[] {
  const changes = [...compareModels(before, after), ...compareChannels(before, after)]
  return [...changes.filter(({ breaking }) => breaking), ...changes.filter(({ breaking }) => !breaking)]
}

function compareModels(before: WrittenContract, after: WrittenContract): Change[] {
  const old = new Map(before.models.map(model => [model.name, model]))
  const now = new Map(after.models.map(model => [model.name, model]))
  const sides = sidesOf(before)
  const removed = before.models.filter(({ name }) => !now.has(name))
  const added = after.models.filter(({ name }) => !old.has(name))
  const inBoth = after.models.flatMap(model => {
    const was = old.get(model.name)
    if (!was) return []
    const changes = compareSchemas(was.schema, model.schema).map(change =>
      judged(model.name, change, sides(model.name)),
    )
    const key = was.key === model.key ? [] : [keyChange(model.name, was.key, model.key)]
    return [...changes, ...key]
  })
  return [
    ...removed.map(({ name }) =>
      modelChange(name, 'is gone', true, 'what is declared with it does not compile any more'),
    ),
    ...inBoth,
    ...added.map(({ name }) => modelChange(name, 'is new', false, 'nothing uses it yet')),
  ]
}

function modelChange(name: string, text: string, breaking: boolean, why: string): Change {
  return { of: 'model', name, text, breaking, why }
}

function keyChange(name: string, was = 'none', is = 'none'): Change {
  return modelChange(name, `the key was ${was}, is ${is}`, true, 'records are identified otherwise')
}

function judged(name: string, change: SchemaChange, sides: Sides): Change {
  const { path, text } = change
  const { writers, readers } = judgementOf(change)
  const reasons = [sides.sent ? writers : undefined, sides.received ? readers : undefined]
  const breaking = reasons.filter(reason => reason?.breaks)
  const deciding = breaking.length > 0 ? breaking : reasons
  const why = [...new Set(deciding.flatMap(reason => reason?.why ?? []))].join('; ') || 'no channel uses it'
  return { of: 'model', name, path, text, breaking: breaking.length > 0, why }
}

/** A model that no channel reaches counts as travelling both ways. */
function sidesOf({ models, channels }: WrittenContract): (model: string) => Sides {
  const named = (name: string | undefined) => (name === undefined ? [] : [name])
  const full = models.map(model => ({ ...model, origin: model.name }))
  const sent = reachedFrom(
    channels.flatMap(({ role, model }) => (role === 'source' ? [] : named(model))),
    full,
  )
  const received = reachedFrom(
    channels.flatMap(({ role, model, answer }) => [
      ...(role === 'source' ? named(model) : []),
      ...named(answer),
    ]),
    full,
  )
  return name => {
    const nowhere = !sent.has(name) && !received.has(name)
    return { sent: nowhere || sent.has(name), received: nowhere || received.has(name) }
  }
}

function compareChannels(before: WrittenContract, after: WrittenContract): Change[] {
  const old = new Map(before.channels.map(channel => [channel.name, channel]))
  const now = new Set(after.channels.map(({ name }) => name))
  const removed = before.channels.filter(({ name }) => !now.has(name))
  return [
    ...removed.map(({ name }) =>
      channelChange(name, 'is gone', true, 'flows that use it do not compile any more'),
    ),
    ...after.channels.flatMap(channel => {
      const was = old.get(channel.name)
      return was
        ? compareChannel(was, channel)
        : [channelChange(channel.name, 'is new', false, 'nothing uses it yet')]
    }),
  ]
}

function channelChange(name: string, text: string, breaking: boolean, why: string): Change {
  return { of: 'channel', name, text, breaking, why }
}

function compareChannel(was: WrittenChannel, is: WrittenChannel): Change[] {
  const { name } = is
  const changes: Change[] = []
  const differ = (
    what: string,
    one = 'none',
    other = 'none',
    breaking = true,
    why = 'flows must be written otherwise',
  ) => {
    if (one !== other) changes.push(channelChange(name, `${what} was ${one}, is ${other}`, breaking, why))
  }
  differ('the role', was.role, is.role)
  differ('the model', was.model, is.model)
  differ('the answer', was.answer, is.answer)
  const repeatable = (effect?: string) => effect === undefined || effect === 'read' || effect === 'idempotent'
  const weaker = repeatable(was.effect) && !repeatable(is.effect)
  const why = weaker ? 'flows that repeat it must not any more' : 'it may be repeated at least as before'
  differ('the proposed effect', was.effect, is.effect, weaker, why)
  for (const option of new Set([...Object.keys(was.options), ...Object.keys(is.options)]))
    differ(option, was.options[option], is.options[option], false, 'the module calls it so')
  return changes
}
