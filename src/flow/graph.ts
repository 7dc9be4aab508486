import { channelId } from '../system/channel.ts'
import type { Flow } from './flow.ts'
import type { Landscape } from './landscape.ts'
import type { Step } from './step.ts'

/** A landscape as a Mermaid flowchart: systems as boxes with their channels, each flow as a chain of its steps. */
export function mermaid(landscape: Landscape): string {
  const lines = ['flowchart LR']
  for (const flow of landscape.flows) lines.push(...flowLines(flow))
  return `${lines.join('\n')}\n`
}

function flowLines(flow: Flow): string[] {
  const source = channelNode(channelId(flow.source))
  const drawing = new Drawing(flow.name)
  drawing.line(`subgraph ${nodeId(flow.name)}["flow ${flow.name}"]`)
  const start = drawing.node('start', `key, ${flow.source.model.name}`)
  drawing.chain(start, flow.steps)
  drawing.line('end')
  return [`  ${source} --> ${nodeId(`${flow.name}/start`)}`, ...drawing.lines, ...drawing.outside]
}

/** Lines of one flow. Edges to channels stand outside of its frame, so that flows share the channels. */
class Drawing {
  readonly lines: string[] = []
  readonly outside: string[] = []
  readonly #flow: string

  constructor(flow: string) {
    this.#flow = flow
  }

  line(text: string): void {
    this.lines.push(`  ${text}`)
  }

  node(id: string, label: string): string {
    const name = nodeId(`${this.#flow}/${id}`)
    this.line(`  ${name}["${quoted(label)}"]`)
    return name
  }

  chain(from: string, steps: readonly Step[]): string {
    let last = from
    for (const step of steps) last = this.#step(last, step)
    return last
  }

  #step(from: string, step: Step): string {
    const node = this.node(step.id, labelOf(step))
    this.line(`  ${from} --> ${node}`)
    if (step.kind === 'split') return this.chain(node, step.body)
    if (step.kind === 'route')
      for (const branch of step.branches) {
        const head = this.node(`${step.id}/${branch.name}`, branch.name)
        this.line(`  ${node} -.-> ${head}`)
        this.chain(head, branch.body)
      }
    if (step.kind === 'enrich') this.outside.push(`  ${node} <--> ${channelNode(channelId(step.channel))}`)
    if (step.kind === 'to') this.outside.push(`  ${node} --> ${channelNode(channelId(step.channel))}`)
    if (step.kind === 'tap') this.outside.push(`  ${node} -.-> ${channelNode(channelId(step.channel))}`)
    return node
  }
}

function labelOf(step: Step): string {
  if (step.kind === 'map') return `map to ${step.mapping.to.name}`
  if (step.kind === 'clean') return `clean ${Object.keys(step.rules).join(', ')}`
  if (step.kind === 'filter') return `filter: ${step.id}`
  return `${step.kind} ${step.id}`
}

function channelNode(id: string): string {
  return `${nodeId(id)}(["${id}"])`
}

function nodeId(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '_')
}

function quoted(text: string): string {
  return text.replaceAll('"', '#quot;')
}
