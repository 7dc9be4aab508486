import { stringify } from 'yaml'
import { asyncApi } from '../server/asyncapi-document.ts'
import { exitCodes } from '../server/exit-code.ts'
import { command } from './shared/command.ts'
import { loadLandscape } from './shared/landscape-file.ts'

export const asyncapiCommand = command({
  name: 'asyncapi',
  parameters: '[LANDSCAPE]',
  summary: 'describe the events of a landscape, as AsyncAPI 3',
  more:
    'Channels that carry events (topics, brokers, webhooks), their models, and which flow sends or receives there.\n' +
    'In YAML, or with --json in JSON. Settings are shown by name, never by value.',
  async run({ values, positionals, terminal }) {
    const document = asyncApi(await loadLandscape(positionals[0]))
    if (values.json) terminal.json(document)
    else terminal.line(stringify(document, { aliasDuplicateObjects: false }).trimEnd())
    return exitCodes.ok
  },
})
