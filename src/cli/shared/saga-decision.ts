import { userInfo } from 'node:os'
import { exitCodes } from '../../server/exit-code.ts'
import type { SagaDecision } from '../../server/operations/saga-schemas.ts'
import { openAccess, placeOptions } from './access.ts'
import { type Command, command, type Options, usage } from './command.ts'
import { whoOptions } from './decision-command.ts'
import { readData } from './read-data.ts'
import { safe } from './terminal.ts'

export interface SagaWords {
  readonly do: SagaDecision['do']
  readonly parameters: string
  readonly summary: string
  readonly more?: string
  /** What becomes of the saga: `is being taken back`. */
  readonly result: string
}

const resultOption = {
  result: { value: 'FILE', help: 'what the step came to, as JSON; - reads standard input' },
} as const satisfies Options

/** A command by which a person decides about one saga. The instance must run: only it carries on with sagas. */
export function sagaDecision(words: SagaWords): Command {
  const options = { ...whoOptions, ...(words.do === 'confirm' && resultOption), ...placeOptions }
  const { more, parameters, summary } = words
  const known = command({
    name: `saga ${words.do}`,
    parameters,
    summary,
    options,
    ...(more !== undefined && { more }),
    async run({ values, positionals, terminal, environment }) {
      const [saga = '', key = '', step, choice] = positionals
      const { by = userInfo().username, why } = values
      if (!why) throw usage(known, 'A decision needs a reason: --why TEXT')
      const { result: file } = values as { readonly result?: string }
      const result = file === undefined ? undefined : readData(file)
      const { operations, close } = await openAccess(values, environment)
      try {
        await operations.sagas.decide(saga, key, { do: words.do, step, choice, result, by, why })
      } finally {
        await close()
      }
      if (values.json) terminal.json({ done: 1 })
      else terminal.line(`${terminal.colour.green('✔')} ${safe(`${saga}/${key}`)} ${words.result}`)
      return exitCodes.ok
    },
  })
  return known
}
