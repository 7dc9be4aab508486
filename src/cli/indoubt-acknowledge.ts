import { placeOptions } from './shared/access.ts'
import { type Command, command } from './shared/command.ts'
import { whoOptions } from './shared/decision-command.ts'
import { decideInDoubt } from './shared/indoubt-decision.ts'

export const indoubtAcknowledgeCommand: Command = command({
  name: 'indoubt acknowledge',
  parameters: 'GID',
  summary: 'say that a mixed outcome has been repaired by hand',
  options: { ...whoOptions, ...placeOptions },
  async run(call) {
    const [gid = ''] = call.positionals
    return decideInDoubt(indoubtAcknowledgeCommand, gid, 'acknowledge', call.values, call)
  },
})
