import { type FieldImpact, fieldImpact } from '../observe/lineage/field-impact.ts'
import { fieldsNamed } from '../observe/lineage/field-names.ts'
import { fieldTrees } from '../observe/lineage/field-tree.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { depthOf, landscapeFields, lineageOptions, otherForms } from './shared/field-graph.ts'
import { fieldTreeText, shortFile } from './shared/field-tree-text.ts'
import { loadLandscape } from './shared/landscape-file.ts'
import { plural, type Terminal } from './shared/terminal.ts'

export const impactCommand = command({
  name: 'impact',
  parameters: 'FIELD',
  summary: 'show what breaks if a field changes: fields, flows, tables, checks',
  options: { landscape: placeOptions.landscape, ...lineageOptions },
  more: 'FIELD is SYSTEM.channel.field, Model.v1.field or TABLE.column. See docs/lineage.md.',
  async run({ values, positionals, terminal }) {
    const [asked = ''] = positionals
    const landscape = await loadLandscape(values.landscape)
    const graph = await landscapeFields(landscape)
    const starts = fieldsNamed(graph, asked)
    const depth = depthOf(values)
    if (otherForms(values, { graph, landscape, starts, way: 'down', depth }, terminal)) return exitCodes.ok
    const trees = fieldTrees(graph, starts, 'down', depth)
    const impact = fieldImpact(graph, starts, depth)
    if (values.json) terminal.json({ field: asked, ...impact, trees })
    else {
      terminal.line(trees.map(tree => fieldTreeText(tree, terminal).join('\n')).join('\n\n'))
      terminal.line(`\n${impactText(impact, terminal)}`)
    }
    return exitCodes.ok
  },
})

function impactText(
  { fields, models, tables, channels, makers, looks, complete }: FieldImpact,
  terminal: Terminal,
) {
  const { bold, dim } = terminal.colour
  const counts = [
    plural(fields.length, 'field'),
    plural(models.length, 'model'),
    plural(tables.length, 'table'),
    plural(channels.length, 'channel'),
  ]
  const lines = [bold(`A change reaches ${counts.join(', ')}.`)]
  for (const { kind, name, at } of makers)
    lines.push(`  ${kind} ${name}${at.length > 0 ? dim(`  ${at.map(shortPlace).join(', ')}`) : ''}`)
  for (const { field, what, by } of looks) lines.push(`  ${what} looks at ${field}${dim(`  ${by}`)}`)
  if (!complete) lines.push(dim('It may reach more: of some fields it is not known what they are made of.'))
  return lines.join('\n')
}

function shortPlace(place: string): string {
  const at = place.lastIndexOf(':')
  return shortFile(place.slice(0, at)) + place.slice(at)
}
