import { userInfo } from 'node:os'
import { resolve } from 'node:path'
import { request } from 'undici'
import { IsthmusError } from '../errors.ts'
import { type ControlFile, type RunningInstance, readControlFile } from '../server/control-file.ts'
import { exitCodes } from '../server/exit-code.ts'
import { findStore, placeOptions } from './shared/access.ts'
import { command } from './shared/command.ts'
import { safe } from './shared/terminal.ts'

export const accountCodeCommand = command({
  name: 'account code',
  parameters: '[NAME]',
  summary:
    'a code with which an account sets its password; without a name, the one that sets the first owner',
  options: placeOptions,
  more:
    'For whoever runs the instance: so an owner who has forgotten the password comes in again. The password that\n' +
    'there is stays good until the code is used, within an hour.',
  async run({ values, positionals, terminal, environment }) {
    const [name] = positionals
    const folder = values.data || environment.ISTHMUS_DATA
    const data = folder ? resolve(folder) : (await findStore(values, environment)).at?.data
    const file = data === undefined ? undefined : readControlFile(data)
    if (!file?.running) throw new IsthmusError('CONTROL-REFUSED', 'The instance does not run: start it.')
    const code = name === undefined ? ownerCode(file.running) : await resetCode(file, file.running, name)
    if (values.json) terminal.json({ name, code })
    else terminal.line(`  ${terminal.colour.bold(safe(code))}  ${terminal.colour.dim(file.running.url)}`)
    return exitCodes.ok
  },
})

function ownerCode({ setUpCode }: RunningInstance): string {
  if (setUpCode !== undefined) return setUpCode
  const text = 'There is an owner already. Give the name of an account to set its password anew.'
  throw new IsthmusError('CONTROL-REFUSED', text)
}

async function resetCode({ token }: ControlFile, running: RunningInstance, name: string): Promise<string> {
  const health = await request(`${running.url}/healthz`)
  const { instance } = (await health.body.json()) as { instance?: string }
  // After a crash the port may be another program's: it must not get the token.
  if (instance !== running.instance)
    throw new IsthmusError('CONTROL-REFUSED', 'The instance does not run: start it.')
  const { statusCode, body } = await request(
    `${running.url}/api/v1/accounts/${encodeURIComponent(name)}/reset`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ why: `isthmus account code, by ${userInfo().username}` }),
    },
  )
  const answer = (await body.json()) as { code?: string; detail?: string }
  if (statusCode === 200 && answer.code !== undefined) return answer.code
  throw new IsthmusError('CONTROL-REFUSED', answer.detail ?? `The instance answered ${statusCode}.`)
}
