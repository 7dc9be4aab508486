/** Lines of one frame of a Mermaid flowchart. Edges to channels stand outside of it, so that frames share the channels. */
export class Drawing {
  readonly lines: string[] = []
  readonly outside: string[] = []
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  line(text: string): void {
    this.lines.push(`  ${text}`)
  }

  node(id: string, label: string): string {
    const name = nodeId(`${this.#name}/${id}`)
    this.line(`  ${name}["${quoted(label)}"]`)
    return name
  }

  edge(from: string, arrow: string, to: string): void {
    this.line(`  ${from} ${arrow} ${to}`)
  }

  toChannel(from: string, arrow: string, channel: string): void {
    this.outside.push(`  ${from} ${arrow} ${channelNode(channel)}`)
  }
}

export function channelNode(id: string): string {
  return `${nodeId(id)}(["${id}"])`
}

export function nodeId(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '_')
}

function quoted(text: string): string {
  return text.replaceAll('"', '#quot;')
}
