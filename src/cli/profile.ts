import { writeFileSync } from 'node:fs'
import { IsthmusError, reasonOf } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { printProfile } from './shared/profile-text.ts'
import { profiled } from './shared/profiled.ts'

export const profileCommand = command({
  name: 'profile',
  parameters: 'SOURCE',
  summary: 'show what the records of a channel or file are like',
  options: {
    landscape: placeOptions.landscape,
    rows: { value: 'N', help: 'how many records to look at; 100000 if not given' },
    record: { value: 'NAME', help: 'the element of an XML file that is one record' },
    save: { value: 'FILE', help: 'keep the profile, for isthmus drift and sentinels' },
  },
  more:
    'SOURCE is SYSTEM.CHANNEL of the landscape, or a file: csv, tsv, txt, json, jsonl, ndjson, xml, xlsx, xlsm or ods. Reading leaves\n' +
    'the source as it is: nothing is taken, acknowledged or marked, and no position moves. Where that cannot be, as of\n' +
    'queues, it is refused. Values of fields that the model calls personal are never shown or kept.',
  async run({ values, positionals, terminal, environment }) {
    const { landscape, rows, record, save } = values
    const found = await profiled({ source: positionals[0] as string, landscape, rows, record }, environment)
    if (save !== undefined) keep(save, found.profile)
    const { unreadable, firstDefect, more, source, profile } = found
    if (values.json) terminal.json({ source, unreadable, firstDefect, more, profile })
    else printProfile(found, terminal)
    if (save !== undefined) terminal.aside(`kept in ${save}`)
    return exitCodes.ok
  },
})

function keep(file: string, profile: object): void {
  try {
    writeFileSync(file, `${JSON.stringify(profile, null, 2)}\n`)
  } catch (error) {
    throw new IsthmusError('CLI-USAGE', `The profile cannot be kept: ${reasonOf(error)}`)
  }
}
