import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { alert } from '../../src/index.ts'
import { controlScene, until } from '../control/control-scene.ts'

const run = promisify(execFile)
const main = join(import.meta.dirname, '../../src/cli/main.ts')

const rule = alert('messages-parked', {
  metric: 'isthmus_messages_parked',
  above: 0,
  text: { en: 'Messages of {flow} wait: {value}', zh: '{flow} 有 {value} 条' },
})

test('the command line tells what fires, who has it and that nobody is told, and takes orders about it', async t => {
  const { accept, instance } = await controlScene(t, { parts: { alerts: [rule] }, alertsEvery: 50 })
  const isthmus = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [main, ...args, '--data', instance.configuration.data], {
      env: { ...process.env, NO_COLOR: '1' },
    })
    return stdout
  }
  assert.match(await isthmus('alerts'), /Nothing fires[\s\S]*No channel is declared/)
  await accept([{ no: '1', buyer: 'Li', ask: 'refuse' }])
  await until(async () => (await instance.operations.alerts.list()).alerts.length === 1)
  assert.match(
    await isthmus('alerts'),
    /warning .*Messages of booking wait: 1 .*nobody .*messages-parked~booking/,
  )
  const id = 'messages-parked~booking'
  await isthmus('alert', 'acknowledge', id, '--by', 'Wang')
  await isthmus('alert', 'silence', id, '--for', '2h', '--by', 'Wang', '--why', 'it is known')
  assert.match(await isthmus('alerts'), /silent until[\s\S]*by Wang: it is known/)
  const shown = await isthmus('alert', 'show', id)
  for (const text of ['above 0', 'Wang has it', 'docs/alerts.md#messages-parked', 'acknowledged', 'firing'])
    assert.ok(shown.includes(text), `${text} in ${shown}`)
  const { alerts, problems } = JSON.parse(await isthmus('alerts', '--json'))
  assert.deepEqual([alerts.length, problems], [1, [{ code: 'no-channel' }]])
  await assert.rejects(isthmus('alert', 'silence', id, '--for', '2h'), /an end and a reason/)
  await assert.rejects(isthmus('alert', 'show', 'nothing~here'), /There is no alert/)
})
