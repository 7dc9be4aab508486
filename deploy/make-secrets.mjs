// Makes what deploy/compose.yaml needs and nobody else may know: .env and secrets/ beside this file, or in the folder that is
// named. What is there already stays as it is: the databases know it.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = import.meta.dirname] = process.argv.slice(2)
const env = join(folder, '.env')
if (!existsSync(env)) {
  const example = readFileSync(join(import.meta.dirname, '.env.example'), 'utf8')
  writeFileSync(
    env,
    example.replace(/^([A-Z_]+)=$/gm, (_, name) => `${name}=${secretFor(name)}`),
    { mode: 0o600 },
  )
}
const [, token = ''] = /^ISTHMUS_TOKEN=(.*)$/m.exec(readFileSync(env, 'utf8')) ?? []
// Nobody else comes into the folder; the containers see the files alone, and read them as users of their own.
mkdirSync(join(folder, 'secrets'), { recursive: true, mode: 0o700 })
write('isthmus-token', token)

function secretFor(name) {
  // Webhooks are signed as Standard Webhooks say, which gives keys this form.
  if (name === 'MES_HOOK_SECRET') return `whsec_${randomBytes(24).toString('base64')}`
  if (name === 'ISTHMUS_PEOPLE_KEY') return randomBytes(32).toString('base64')
  return randomBytes(24).toString('hex')
}

function write(name, text) {
  const path = join(folder, 'secrets', name)
  if (!existsSync(path)) writeFileSync(path, text, { mode: 0o444 })
}
