import { channelId } from '../../system/channel.ts'
import { sagasSystem } from '../../system/own-system.ts'
import { channelNode, Drawing, nodeId } from '../drawing.ts'
import type { SagaDefinition, Stage } from './stage.ts'

/** A saga as a chain of its stages; what takes one back is drawn with dots. */
export function sagaLines({ name, model, stages }: SagaDefinition): string[] {
  const drawing = new Drawing(`saga ${name}`)
  drawing.line(`subgraph ${nodeId(`saga ${name}`)}["saga ${name}"]`)
  const start = drawing.node('start', `key ${model.key ?? ''}, ${model.name}`)
  chain(drawing, start, stages)
  drawing.line('end')
  return [`  ${channelNode(`${sagasSystem}.${name}`)} --> ${start}`, ...drawing.lines, ...drawing.outside]
}

function chain(drawing: Drawing, from: string, stages: readonly Stage[]): string {
  let last = from
  for (const stage of stages) last = stageLines(drawing, last, stage)
  return last
}

function stageLines(drawing: Drawing, from: string, stage: Stage): string {
  const node = drawing.node(stage.id, labelOf(stage))
  drawing.edge(from, '-->', node)
  switch (stage.kind) {
    case 'step':
      drawing.toChannel(node, stage.channel.role === 'requester' ? '<-->' : '-->', channelId(stage.channel))
      if (stage.undo) drawing.toChannel(node, '-. undo .->', channelId(stage.undo.channel))
      break
    case 'wait':
      drawing.outside.push(`  ${channelNode(channelId(stage.event))} --> ${node}`)
      break
    case 'child':
      drawing.toChannel(node, '<-->', `${sagasSystem}.${stage.saga.name}`)
      break
    case 'when':
      chain(drawing, node, stage.stages)
      break
    case 'together':
      for (const branch of stage.branches) {
        const head = drawing.node(`${stage.id}/${branch.name}`, branch.name)
        drawing.edge(node, '-->', head)
        chain(drawing, head, branch.stages)
      }
      break
  }
  return node
}

function labelOf(stage: Stage): string {
  if (stage.kind === 'step') return `${stage.isPivot ? 'pivot' : 'step'} ${stage.id}`
  if (stage.kind === 'decide') return `decide ${stage.id}: ${stage.options.join(', ')}`
  return `${stage.kind} ${stage.id}`
}
