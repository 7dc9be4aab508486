import { userInfo } from 'node:os'
import { exitCodes } from '../../server/exit-code.ts'
import type { InDoubtDecision } from '../../server/operations/transaction-schemas.ts'
import { openAccess } from './access.ts'
import { type Call, type Command, usage } from './command.ts'
import type { whoOptions } from './decision-command.ts'
import { safe } from './terminal.ts'

type Values = Readonly<Partial<Record<keyof typeof whoOptions | 'data' | 'landscape', string>>>

/** Carries out what a person has decided about a transaction. */
export async function decideInDoubt(
  known: Command,
  gid: string,
  what: InDoubtDecision['do'],
  values: Values & { readonly json?: boolean },
  { terminal, environment }: Pick<Call, 'terminal' | 'environment'>,
): Promise<number> {
  const { by = userInfo().username, why } = values
  if (!why) throw usage(known, 'A decision needs a reason: --why TEXT')
  const { operations, close } = await openAccess(values, environment)
  try {
    const done = await operations.transactions.resolve(gid, { do: what, by, why })
    const ended = done === 1 ? '1 branch ended' : `${done} branches ended`
    const text = what === 'acknowledge' ? 'is acknowledged' : `${ended}: ${what}`
    if (values.json) terminal.json({ done })
    else terminal.line(`${terminal.colour.green('✔')} ${safe(gid)} ${text}`)
  } finally {
    await close()
  }
  return exitCodes.ok
}
