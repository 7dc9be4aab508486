import { allStages, type SagaDefinition, type Stage } from '../../flow/saga/stage.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import { channelId } from '../../system/channel.ts'
import { sagasSystem } from '../../system/own-system.ts'
import { named } from './aggregate-links.ts'
import type { GraphBuilder, Making, Origin } from './graph-builder.ts'
import { writeLinks } from './step-links.ts'

/** What a stage function is given: the input, and under the id of each stage what that one came to. */
interface Known {
  readonly schema: JsonSchema
  readonly origins: ReadonlyMap<string, Origin>
}

/** The channels that a saga calls, each of the input and of what was answered before. */
export function sagaLinks(builder: GraphBuilder, saga: SagaDefinition): void {
  const begin = builder.place(`${sagasSystem}.${saga.name}`, 'sink', saga.model)
  const origins = new Map([['input', builder.at(begin)]])
  const properties: Record<string, JsonSchema> = { input: saga.model.jsonSchema }
  for (const stage of allStages(saga.stages)) {
    const known: Known = {
      schema: { type: 'object', properties: { ...properties }, required: Object.keys(properties) },
      origins: new Map(origins),
    }
    stageLinks(builder, saga, stage, known)
    const answered = answerOf(builder, stage)
    if (!answered) continue
    origins.set(stage.id, answered.origin)
    properties[stage.id] = answered.schema
  }
}

function stageLinks(builder: GraphBuilder, saga: SagaDefinition, stage: Stage, known: Known): void {
  const making: Making = { by: { kind: 'saga', name: saga.name, step: stage.id }, at: saga.at }
  const shape = { schema: known.schema, personal: [] }
  const origin = named(Object.fromEntries(known.origins))
  if (stage.kind === 'step') {
    builder.converted(builder.channel(stage.channel), stage.request, shape, origin, making)
    writeLinks(builder, stage.channel, making)
    const { undo } = stage
    if (undo)
      builder.converted(builder.channel(undo.channel), undo.request, shape, origin, {
        ...making,
        by: { ...making.by, step: `${stage.id}, undo` },
      })
  }
  if (stage.kind === 'child') {
    const place = builder.place(`${sagasSystem}.${stage.saga.name}`, 'sink', stage.saga.model)
    builder.converted(place, stage.input, shape, origin, making)
  }
}

function answerOf(builder: GraphBuilder, stage: Stage): { origin: Origin; schema: JsonSchema } | undefined {
  if (stage.kind === 'step' && stage.channel.role === 'requester')
    return { origin: builder.at(builder.answer(stage.channel)), schema: stage.channel.answer.jsonSchema }
  if (stage.kind !== 'wait') return undefined
  builder.place(channelId(stage.event), 'sink', stage.event.model)
  return { origin: builder.at(channelId(stage.event)), schema: stage.event.model.jsonSchema }
}
