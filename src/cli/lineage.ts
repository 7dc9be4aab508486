import { IsthmusError } from '../errors.ts'
import { flowShapes } from '../observe/data-shape.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { loadLandscape } from './shared/landscape-file.ts'
import { table } from './shared/terminal.ts'

export const lineageCommand = command({
  name: 'lineage',
  parameters: 'FLOW',
  summary: 'show from which fields each field of a mapping is made',
  options: { landscape: placeOptions.landscape },
  async run({ values, positionals, terminal }) {
    const [name] = positionals
    const { flows } = await loadLandscape(values.landscape)
    const flow = flows.find(known => known.name === name)
    if (!flow) {
      const known = flows.map(each => each.name).join(', ')
      throw new IsthmusError('CLI-USAGE', `There is no flow ${name}. The landscape has ${known}.`)
    }
    const mappings = [...flowShapes(flow).values()].flatMap(({ step, lineage }) =>
      lineage ? [{ step: step.id, ...lineage }] : [],
    )
    if (values.json) terminal.json({ flow: name, mappings })
    else if (mappings.length === 0) terminal.line(`${name} has no mapping that is declared field by field.`)
    for (const { step, target, fields } of values.json ? [] : mappings) {
      terminal.line(`${terminal.colour.bold(step)} makes ${target}`)
      const rows = Object.entries(fields).map(([field, { sources, complete }]) => {
        const known = sources.join(', ')
        return [field, complete ? known || 'nothing' : known ? `${known}, perhaps more` : 'not known']
      })
      terminal.line(table(terminal, [{ title: 'FIELD' }, { title: 'MADE FROM' }], rows))
    }
    return exitCodes.ok
  },
})
