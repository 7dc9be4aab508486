import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { nothingFound } from '../server/operations/messages/why-view.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { whyRowText } from './shared/why-row-text.ts'
import { whyText } from './shared/why-text.ts'

export const whyCommand = command({
  name: 'why',
  parameters: 'KEY FIELD',
  summary: 'show what a value was made of: inputs, cleaning, mappings',
  options: {
    ...placeOptions,
    flow: {
      value: 'FLOW',
      help: 'the flow whose message is meant; the last one that has the field if not given',
    },
    table: {
      value: 'TABLE',
      help: 'the value of a row of a warehouse is meant: KEY is its key, FIELD a column',
    },
    'show-pii': { help: 'do not mask personal data' },
  },
  more:
    'KEY is the business key of a message, its id, or FLOW/NUMBER. FIELD is a field of its data at any step, or that of\n' +
    'what was sent: SYSTEM.channel.field. Computed anew from the journal and the recorded answers; no system is called.\n' +
    'Of a TABLE or WAREHOUSE.TABLE the KEY is the value of its key column, or COLUMN=VALUE,COLUMN=VALUE; the warehouse alone\n' +
    'is asked.',
  async run({ values, positionals, terminal, environment }) {
    const [key = '', field = ''] = positionals
    const { operations, close } = await openAccess(values, environment)
    const { flow, table } = values
    const where = { ...(flow !== undefined && { flow }), ...(table !== undefined && { table }) }
    const query = { key, field, ...where, showPii: values['show-pii'] === true }
    const found = await operations.why(query).finally(close)
    if (!found) throw new IsthmusError('CONTROL-REFUSED', nothingFound(query))
    if (values.json) terminal.json(found)
    else if (found.row) terminal.line(whyRowText(found.row, terminal))
    else terminal.line(whyText(found, terminal))
    return exitCodes.ok
  },
})
