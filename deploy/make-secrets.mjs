// Makes what deploy/compose.yaml needs and nobody else may know: .env and secrets/ beside this file, or in the folder that is
// named. What is there already stays as it is: the databases know it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = import.meta.dirname] = process.argv.slice(2)
const env = join(folder, '.env')
if (!existsSync(env)) {
  const example = readFileSync(join(import.meta.dirname, '.env.example'), 'utf8')
  // Webhooks are signed as Standard Webhooks say, which gives keys this form.
  const filled = example.replace(
    /^MES_HOOK_SECRET=$/m,
    () => `MES_HOOK_SECRET=whsec_${randomBytes(24).toString('base64')}`,
  )
  writeFileSync(
    env,
    filled.replace(/^([A-Z_]+)=$/gm, (_, name) => `${name}=${randomBytes(24).toString('hex')}`),
    { mode: 0o600 },
  )
}
const [, token = ''] = /^ISTHMUS_TOKEN=(.*)$/m.exec(readFileSync(env, 'utf8')) ?? []
// Nobody else comes into the folder; the containers see the files alone, and read them as users of their own.
mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
write('isthmus-token', token)
write('people.key', randomBytes(32).toString('base64url'))

function write(name, text) {
  const path = join(folder, 'secrets', name)
  if (!existsSync(path)) writeFileSync(path, text, { mode: 0o444 })
}
