import { placeOptions } from './shared/access.ts'
import { type Command, command, usage } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { decideInDoubt } from './shared/indoubt-decision.ts'

export const indoubtResolveCommand: Command = command({
  name: 'indoubt resolve',
  parameters: 'GID commit|rollback',
  summary: 'end a transaction that no log explains',
  options: { ...whoOptions, ...placeOptions },
  more: 'Look at every database first: what one of them has committed must be committed in all.',
  async run(call) {
    const [gid = '', what = ''] = call.positionals
    if (what !== 'commit' && what !== 'rollback')
      throw usage(indoubtResolveCommand, `"${what}" is neither commit nor rollback`)
    return decideInDoubt(indoubtResolveCommand, gid, what, call.values, call)
  },
})
