import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { copyDataFiles, dataFiles } from '../server/moving/data-files.ts'
import { type Moved, moveStore, type Progress } from '../server/moving/move-store.ts'
import { type StoreEnd, storeEnd } from '../server/moving/store-ends.ts'
import { command } from './shared/command.ts'
import { count, plural, safe, type Terminal, table } from './shared/terminal.ts'

export const storeCopyCommand = command({
  name: 'store copy',
  parameters: 'FROM TO',
  summary: 'move an installation to another store, and prove that all of it arrived',
  options: {
    live: { help: 'copy while the instance runs, and wait for it to be stopped' },
    partitions: { value: 'N', help: 'shares of the keys there (16 in PostgreSQL, 1 in SQLite)' },
  },
  more:
    'FROM and TO are sqlite:///path/of/the/data/directory or postgres://user:password@host/database?schema=NAME.\n' +
    'Everything is copied, read again on both sides, and compared; afterwards the one cannot be started any more, and the\n' +
    'other can. Killed before its end, it is begun again: what was copied until then is thrown away.\n' +
    'Ends with 3 when the two differ, and lists how; nothing is moved then.',
  async run({ values, positionals, terminal }) {
    const [from, to] = positionals.map(storeEnd) as [StoreEnd, StoreEnd]
    const partitions = partitionsOf(values.partitions)
    const live = values.live === true
    const say = (what: Progress) => terminal.aside(`  ${textOf(what)}`)
    const moved = await moveStore({ from, to, partitions, live, say })
    const isMoved = moved.differences.length === 0
    const files = isMoved && from.data && to.data ? copyDataFiles(from.data, to.data) : []
    if (values.json) terminal.json({ ...moved, files })
    else print(moved, files, from, to, terminal)
    return isMoved ? exitCodes.ok : exitCodes.notBalanced
  },
})

function partitionsOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined
  if (/^[1-9]\d{0,3}$/.test(given) && Number(given) <= 1024) return Number(given)
  throw new IsthmusError('CLI-USAGE', `--partitions is a number from 1 to 1024, not "${given}".`)
}

function textOf(progress: Progress): string {
  switch (progress.what) {
    case 'following':
    case 'catching-up':
      return `copied ${plural(progress.messages, 'message')}, ${plural(progress.events, 'event')}`
    case 'waiting':
      return 'stop the instance now: the copy goes on by itself when it has stopped'
    case 'claimed':
      return 'the instance stands still: copying the rest'
    case 'comparing':
      return 'comparing both'
  }
}

function print(
  moved: Moved,
  files: readonly string[],
  from: StoreEnd,
  to: StoreEnd,
  terminal: Terminal,
): void {
  const { green, red, dim } = terminal.colour
  const { compared, balance, differences, stood } = moved
  const columns = [{ title: 'COMPARED' }, { title: 'COUNT', right: true }, { title: 'DIGEST' }]
  terminal.line(
    table(
      terminal,
      columns,
      compared.map(each => [safe(each.what), count(each.count), each.digest]),
    ),
  )
  if (differences.length > 0) {
    for (const each of differences.slice(0, 20)) terminal.line(`  ${red('✖')} ${safe(each)}`)
    terminal.line(`  ${red('✖ not moved')}  ${moved.from} can be started as before.`)
    return
  }
  const accepted = balance.flows.reduce((sum, flow) => sum + flow.accepted, 0)
  terminal.line(`  ${green('✔ balanced on both sides')}  ${dim(plural(accepted, 'message'))}`)
  terminal.line(`  moved to ${safe(moved.to)}; it stood still for ${(stood / 1000).toFixed(1)} s`)
  for (const line of hints(files, from, to)) terminal.line(`  ${line}`)
}

/** How to go on: what lies beside the store does not move with it. */
function hints(files: readonly string[], from: StoreEnd, to: StoreEnd): string[] {
  if (to.data === undefined && from.data !== undefined)
    return [`Start it with ISTHMUS_STORE set to the new URL, and ISTHMUS_DATA as before: keys stay there.`]
  if (to.data === undefined) return ['Start it with ISTHMUS_STORE set to the new URL.']
  const start = `Start it with ISTHMUS_DATA=${to.data}, and without ISTHMUS_STORE.`
  if (from.data !== undefined)
    return files.length === 0 ? [start] : [start, `Copied too: ${files.join(', ')}`]
  return [
    start,
    `Before that, copy ${dataFiles.join(', ')} there from its data directory, as far as there are.`,
  ]
}
