import { exitCodes } from '../../server/exit-code.ts'
import type { RunDecision } from '../../server/operations/pipelines/pipeline-schemas.ts'
import { openAccess, placeOptions } from './access.ts'
import { type Command, command, usage } from './command.ts'
import { whoOptions } from './decision-command.ts'
import { named, personOf } from './pipeline-text.ts'
import { safe } from './terminal.ts'

/** A command that decides about one run of a pipeline. */
export function runDecisionCommand(words: {
  readonly do: RunDecision['do']
  readonly summary: string
  readonly more: string
  /** What becomes of it: `goes on`. */
  readonly result: string
}): Command {
  const known: Command = command({
    name: `pipeline ${words.do}`,
    parameters: words.do === 'repair' ? 'PIPELINE KEY TABLE' : 'PIPELINE KEY',
    summary: words.summary,
    options: { ...whoOptions, ...placeOptions },
    more: words.more,
    async run({ values, positionals, terminal, environment }) {
      const { pipeline, key } = named(known, { positionals })
      const table = positionals[2]
      if (words.do === 'repair' && !table) throw usage(known, 'Say whose rows: PIPELINE KEY TABLE')
      const person = personOf(known, values)
      const { operations, close } = await openAccess(values, environment)
      try {
        const done = await operations.pipelines.decide(pipeline, key, { do: words.do, table, ...person })
        if (values.json) terminal.json(done)
        else
          terminal.line(`${terminal.colour.green('✔')} ${safe(pipeline)} ${safe(done.key)} ${words.result}`)
      } finally {
        await close()
      }
      return exitCodes.ok
    },
  })
  return known
}
