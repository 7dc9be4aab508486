import { parseArgs } from 'node:util'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Environment } from '../../server/configuration.ts'
import type { Terminal } from './terminal.ts'

/** `value` names what an option takes; without it the option is on or off. */
export interface Option {
  readonly help: string
  readonly value?: string
  readonly short?: string
}

export type Options = Readonly<Record<string, Option>>

/** What was given: a text for options with a value, true for others. */
export type Values<O extends Options> = {
  readonly [K in keyof O]?: O[K] extends { readonly value: string } ? string : boolean
}

export interface Call<O extends Options = Options> {
  readonly values: Values<O>
  readonly positionals: readonly string[]
  readonly terminal: Terminal
  readonly environment: Environment
}

export interface Command {
  /** One or two words: `parked list`. */
  readonly name: string
  readonly summary: string
  /** The arguments without options: `KEY`. Those in brackets may be left out. */
  readonly parameters: string
  readonly options: Options
  /** More to know, after the options. */
  readonly more?: string
  /** Resolves with the exit code. */
  run(call: Call): Promise<number>
}

/** `--json` and `--help` are known to every command. */
export const commonOptions = {
  json: { help: 'answer in JSON, for programs' },
  help: { short: 'h', help: 'show this' },
} as const satisfies Options

export function command<const O extends Options>(
  declared: Omit<Command, 'options' | 'run'> & {
    readonly options?: O
    run(call: Call<O & typeof commonOptions>): Promise<number>
  },
): Command {
  const { options, run, ...rest } = declared
  return { ...rest, options: { ...options, ...commonOptions }, run: run as Command['run'] }
}

/** Throws CLI-USAGE for what the command does not know. */
export function parseCall(known: Command, args: readonly string[]): Pick<Call, 'values' | 'positionals'> {
  const options = Object.entries(known.options).map(([name, { value, short }]) => {
    return [name, { type: value === undefined ? 'boolean' : 'string', ...(short && { short }) }] as const
  })
  const config = { args: [...args], options: Object.fromEntries(options), allowPositionals: true } as const
  let parsed: ReturnType<typeof parseArgs<typeof config>>
  try {
    parsed = parseArgs(config)
  } catch (error) {
    throw usage(known, reasonOf(error).split('. ')[0] as string)
  }
  const parameters = known.parameters.split(' ').filter(Boolean)
  const needed = parameters.filter(parameter => !parameter.startsWith('['))
  const given = parsed.positionals.length
  if (!parsed.values.help && given < needed.length) throw usage(known, `${needed[given]} is missing`)
  if (given > parameters.length) {
    const extra = parsed.positionals.at(-1)
    const place = 'landscape' in known.options ? `. A landscape is given as --landscape ${extra}` : ''
    throw usage(known, `"${extra}" is too much${place}`)
  }
  return { values: parsed.values as Call['values'], positionals: parsed.positionals }
}

export function usage(known: Command, problem: string): IsthmusError {
  const line = `isthmus ${known.name} ${known.parameters}`.trim()
  return new IsthmusError('CLI-USAGE', `${problem}.\nUsage: ${line}, and see isthmus ${known.name} --help`)
}
