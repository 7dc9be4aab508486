import { channelId } from '../system/channel.ts'
import { channelNode, Drawing, nodeId } from './drawing.ts'
import type { Flow } from './flow.ts'
import type { Landscape } from './landscape.ts'
import { currentSagas, transactionsOf } from './own-systems.ts'
import { sagaLines } from './saga/saga-graph.ts'
import type { Step } from './step.ts'
import type { Transaction } from './transaction.ts'

/**
 * A landscape as a Mermaid flowchart: systems as boxes with their channels, each flow as a chain of its steps, each saga
 * as a chain of its stages, and the writes of transactions.
 */
export function mermaid(landscape: Landscape): string {
  const { flows, sagas } = landscape
  const lines = [
    'flowchart LR',
    ...flows.flatMap(flowLines),
    ...currentSagas(sagas).flatMap(sagaLines),
    ...transactionsOf(flows, sagas).flatMap(transactionLines),
  ]
  return `${lines.join('\n')}\n`
}

function flowLines(flow: Flow): string[] {
  const source = channelNode(channelId(flow.source))
  const drawing = new Drawing(flow.name)
  drawing.line(`subgraph ${nodeId(flow.name)}["flow ${flow.name}"]`)
  const start = drawing.node('start', `key, ${flow.source.model.name}`)
  chain(drawing, start, flow.steps)
  drawing.line('end')
  return [`  ${source} --> ${nodeId(`${flow.name}/start`)}`, ...drawing.lines, ...drawing.outside]
}

function transactionLines(transaction: Transaction<unknown>): string[] {
  const from = channelNode(channelId(transaction))
  return transaction.writes.map(({ channel }) => `  ${from} --> ${channelNode(channelId(channel))}`)
}

function chain(drawing: Drawing, from: string, steps: readonly Step[]): string {
  let last = from
  for (const step of steps) last = stepLines(drawing, last, step)
  return last
}

function stepLines(drawing: Drawing, from: string, step: Step): string {
  const node = drawing.node(step.id, labelOf(step))
  drawing.edge(from, '-->', node)
  if (step.kind === 'split') return chain(drawing, node, step.body)
  if (step.kind === 'route')
    for (const branch of step.branches) {
      const head = drawing.node(`${step.id}/${branch.name}`, branch.name)
      drawing.edge(node, '-.->', head)
      chain(drawing, head, branch.body)
    }
  if (step.kind === 'enrich') drawing.toChannel(node, '<-->', channelId(step.channel))
  if (step.kind === 'to') drawing.toChannel(node, '-->', channelId(step.channel))
  if (step.kind === 'tap') drawing.toChannel(node, '-.->', channelId(step.channel))
  return node
}

function labelOf(step: Step): string {
  if (step.kind === 'map') return `map to ${step.mapping.to.name}`
  if (step.kind === 'clean') return `clean ${Object.keys(step.rules).join(', ')}`
  if (step.kind === 'filter') return `filter: ${step.id}`
  return `${step.kind} ${step.id}`
}
