import { exitCodes } from '../server/exit-code.ts'
import { landscapeGraph } from '../server/landscape-graph.ts'
import { command } from './shared/command.ts'
import { loadLandscape } from './shared/landscape-file.ts'

export const graphCommand = command({
  name: 'graph',
  parameters: '[LANDSCAPE]',
  summary: 'draw systems and flows, as Mermaid',
  more: 'Paste it into any Markdown between ```mermaid and ```. With --json: the same as data.',
  async run({ values, positionals, terminal }) {
    const graph = landscapeGraph(await loadLandscape(positionals[0]))
    if (values.json) terminal.json(graph)
    else terminal.line(graph.mermaid.trimEnd())
    return exitCodes.ok
  },
})
