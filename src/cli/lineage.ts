import type { Flow } from '../flow/flow.ts'
import { flowShapes } from '../observe/data-shape.ts'
import type { FieldGraph, FieldRef } from '../observe/lineage/field-graph.ts'
import { fieldsNamed } from '../observe/lineage/field-names.ts'
import { fieldTrees } from '../observe/lineage/field-tree.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { depthOf, landscapeFields, lineageOptions, otherForms } from './shared/field-graph.ts'
import { fieldTreeText } from './shared/field-tree-text.ts'
import { loadLandscape } from './shared/landscape-file.ts'
import { type Terminal, table } from './shared/terminal.ts'

export const lineageCommand = command({
  name: 'lineage',
  parameters: 'FIELD|FLOW',
  summary: 'show from which fields a field is made, back to the systems',
  options: { landscape: placeOptions.landscape, ...lineageOptions },
  more:
    'FIELD is SYSTEM.channel.field, Model.v1.field or TABLE.column. Of a FLOW each mapping is shown.\n' +
    'What is not known is said. See docs/lineage.md.',
  async run({ values, positionals, terminal }) {
    const [asked = ''] = positionals
    const landscape = await loadLandscape(values.landscape)
    const flow = landscape.flows.find(({ name }) => name === asked)
    const graph = await landscapeFields(landscape)
    const starts = flow ? fieldsMadeBy(flow, graph) : fieldsNamed(graph, asked)
    const depth = depthOf(values)
    if (otherForms(values, { graph, landscape, starts, way: 'up', depth }, terminal)) return exitCodes.ok
    if (flow) return flowMappings(flow, values.json === true, terminal)
    const trees = fieldTrees(graph, starts, 'up', depth)
    const { complete } = graph.reach(starts, 'up', depth)
    if (values.json) terminal.json({ field: asked, complete, trees })
    else {
      terminal.line(trees.map(tree => fieldTreeText(tree, terminal).join('\n')).join('\n\n'))
      if (!complete) terminal.line(terminal.colour.dim('\nIt may be made of more: not everything is known.'))
    }
    return exitCodes.ok
  },
})

function fieldsMadeBy({ name }: Flow, { links }: FieldGraph): FieldRef[] {
  return links.filter(({ by }) => by.kind === 'flow' && by.name === name).map(({ to }) => to)
}

function flowMappings(flow: Flow, isJson: boolean, terminal: Terminal): number {
  const { name } = flow
  const mappings = [...flowShapes(flow).values()].flatMap(({ step, lineage }) =>
    lineage ? [{ step: step.id, ...lineage }] : [],
  )
  if (isJson) terminal.json({ flow: name, mappings })
  else if (mappings.length === 0) terminal.line(`${name} has no mapping that is declared field by field.`)
  for (const { step, target, fields } of isJson ? [] : mappings) {
    terminal.line(`${terminal.colour.bold(step)} makes ${target}`)
    const rows = Object.entries(fields).map(([field, { sources, complete }]) => {
      const known = sources.join(', ')
      return [field, complete ? known || 'nothing' : known ? `${known}, perhaps more` : 'not known']
    })
    terminal.line(table(terminal, [{ title: 'FIELD' }, { title: 'MADE FROM' }], rows))
  }
  return exitCodes.ok
}
