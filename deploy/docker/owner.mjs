// Sets the first owner, from where the instance runs: node /app/owner.mjs NAME, with the password on standard input.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

const [name] = process.argv.slice(2)
if (name === undefined) fail('Whose name? Usage: node /app/owner.mjs NAME < PASSWORD-FILE')
const { running } = JSON.parse(
  readFileSync(join(process.env.ISTHMUS_DATA || '/data', 'control.json'), 'utf8'),
)
if (running?.setUpCode === undefined) fail('There is an owner already, or nothing runs here.')
const password = (await text(process.stdin)).replace(/\r?\n$/, '')
const answer = await fetch(`${running.url}/api/v1/setup`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ code: running.setUpCode, name, password }),
})
if (!answer.ok) fail(`${answer.status}: ${await answer.text()}`)
console.log(`${name} is the owner.`)

function fail(why) {
  console.error(why)
  process.exit(1)
}
