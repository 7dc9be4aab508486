import { IsthmusError } from '../../errors.ts'
import { checkOptionNames } from '../../message/option-names.ts'
import type { Model } from '../../model/model.ts'
import {
  channelId,
  type RequesterChannel,
  type SinkChannel,
  type SourceChannel,
} from '../../system/channel.ts'
import { parseDuration } from '../../system/duration.ts'
import { type Effect, type EffectKind, read } from '../../system/effect.ts'
import { checkPath } from '../http/path.ts'
import { OwnChannels } from '../own-channels.ts'
import type { Field, ListOptions, PageOptions, SubmitOptions } from './config.ts'
import { fieldNames, listNames, pageNames, submitNames } from './names.ts'

/** What a system with this connector can declare. */
export interface WebChannels {
  /** A source: the records of pages are read again and again. What changes in them is delivered. */
  list<T>(name: string, model: Model<T>, options: ListOptions<T>): SourceChannel<T>
  /** A requester: a page is read for each message. */
  page<I, O>(name: string, options: PageOptions<I, O>): RequesterChannel<I, O, typeof read>
  /** A sink: a form is filled in and sent for each message. */
  submit<T, K extends EffectKind>(
    name: string,
    model: Model<T>,
    options: SubmitOptions<T, K>,
  ): SinkChannel<T, Effect<K, false>>
}

/** What a channel of this connector carries. */
export type Play =
  | { readonly kind: 'list'; readonly options: ListOptions<never> }
  | { readonly kind: 'page'; readonly options: PageOptions<never, unknown> }
  | { readonly kind: 'submit'; readonly options: SubmitOptions<never> }

export const ownChannels = new OwnChannels<Play>('web')

export function webChannels(system: string): WebChannels {
  const channels = {
    list(name: string, model: Model<unknown>, options: ListOptions<never>) {
      const id = channelId({ system, name })
      checkOptionNames<ListOptions<unknown>>(id, options as never, listNames)
      const { path, fields, every = '1h', most = 1 } = options
      checkPath(path, id, 'FLOW-DEFINITION')
      checkFields(id, fields)
      parseDuration(every)
      if (!Number.isInteger(most) || most < 1)
        refuse(id, `reads at most ${most} pages: it is a number from 1 on`)
      return ownChannels.make(system, {
        role: 'source',
        name,
        model,
        options: { kind: 'list', options } as Play,
      })
    },
    page(name: string, options: PageOptions<never, unknown>) {
      const id = channelId({ system, name })
      checkOptionNames<PageOptions<unknown, unknown>>(id, options as never, pageNames)
      if (typeof options.path === 'string') checkPath(options.path, id, 'FLOW-DEFINITION')
      checkFields(id, options.fields)
      const { request: model, response: answer } = options
      const play: Play = { kind: 'page', options }
      return ownChannels.make(system, { role: 'requester', name, model, answer, effect: read, options: play })
    },
    submit(name: string, model: Model<unknown>, options: SubmitOptions<never>) {
      const id = channelId({ system, name })
      checkOptionNames<SubmitOptions<unknown>>(id, options as never, submitNames)
      const { path, effect } = options
      if (typeof path === 'string') checkPath(path, id, 'FLOW-DEFINITION')
      const play: Play = { kind: 'submit', options }
      return ownChannels.make(system, { role: 'sink', name, model, effect, options: play })
    },
  }
  // What the data are is known to the author's compiler only; here any data will do.
  return channels as unknown as WebChannels
}

function checkFields(id: string, fields: Readonly<Record<string, Field>>): void {
  if (Object.keys(fields).length === 0) refuse(id, 'reads no fields')
  for (const [name, field] of Object.entries(fields)) {
    if (typeof field === 'object') checkOptionNames(`${id}, field ${name},`, field, fieldNames)
    if (typeof field === 'object' && field.optional === true && field.all === true)
      refuse(id, `has the field ${name}, which is optional and a list: an empty list says the same`)
  }
}

function refuse(id: string, text: string): never {
  throw new IsthmusError('FLOW-DEFINITION', `${id} ${text}.`)
}
