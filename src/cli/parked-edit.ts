import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { messageName } from '../server/operations/operations.ts'
import type { TracedMessage } from '../server/operations/schemas.ts'
import { openAccess, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { fetchMessage, messageNamed } from './shared/parked-filter.ts'
import { parseData, readData } from './shared/read-data.ts'

export const parkedEditCommand = command({
  name: 'parked edit',
  parameters: 'FLOW/NUMBER',
  summary: 'put other data in the place of a message, and let it run again',
  options: {
    file: { value: 'FILE', short: 'f', help: 'the data as JSON; - reads them from standard input' },
    ...whoOptions,
    ...placeOptions,
  },
  more: 'Without --file, opens the data in $VISUAL or $EDITOR. Data that do not fit the model are refused.',
  async run({ values, positionals, terminal, environment }) {
    const name = messageNamed(positionals[0] ?? '')
    const { operations, close } = await openAccess(values, environment, { decide: true })
    try {
      const editor = environment.VISUAL || environment.EDITOR
      const data =
        values.file === undefined
          ? edited(await fetchMessage(operations, name, true), editor)
          : readData(values.file)
      const by = values.by ?? userInfo().username
      await operations.decisions.one(name, { do: 'edit', data, by, why: values.why })
    } finally {
      await close()
    }
    if (values.json) terminal.json({ done: 1, refused: [] })
    else terminal.line(`${terminal.colour.green('✔')} ${messageName(name)} will run again with the new data`)
    return exitCodes.ok
  },
})

/** The data after a person has changed them; throws CONTROL-REFUSED if nothing was. */
function edited(message: TracedMessage, editor: string | undefined): unknown {
  if (!editor || !process.stdin.isTTY)
    throw new IsthmusError('CLI-USAGE', 'Set EDITOR in a terminal, or give the new data by --file FILE.')
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-'))
  const file = join(folder, 'message.json')
  const before = `${JSON.stringify(message.hops[0]?.before ?? {}, null, 2)}\n`
  try {
    writeFileSync(file, before, { mode: 0o600 })
    const [program = '', ...args] = editor.split(' ')
    const { status, error } = spawnSync(program, [...args, file], { stdio: 'inherit' })
    if (error || status !== 0)
      throw new IsthmusError('CLI-USAGE', `${editor} failed: ${error?.message ?? status}`)
    const after = readFileSync(file)
    if (after.toString('utf8') !== before) return parseData(after, 'what you wrote')
    throw new IsthmusError('CONTROL-REFUSED', 'You changed nothing, so nothing was done.')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
