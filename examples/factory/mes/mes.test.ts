import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { control, startSimulated } from '../simulated/start.ts'
import type { SentEvent } from './database.ts'
import { generate } from './traffic.ts'
import { sign } from './webhooks.ts'

test('an event is decided by seed and number, but for its time', () => {
  assert.deepEqual(generate(7, 123, 0), generate(7, 123, 0))
  assert.notDeepEqual(generate(7, 124, 0).consumption, generate(8, 124, 0).consumption)
  const many = Array.from({ length: 5000 }, (_, n) => generate(1, n, 0))
  const share = (of: (event: (typeof many)[number]) => boolean) => many.filter(of).length / many.length
  assert.ok(Math.abs(share(({ sends }) => sends === 2) - 0.03) < 0.01)
  for (const quirk of ['wrong-unit', 'unknown-unit', 'unknown-material', 'too-much'])
    assert.ok(share(event => event.quirk === quirk) > 0, quirk)
  assert.equal(generate(1, 1, 0).consumption.consumedAt, '1970-01-01 08:00:00')
})

test('a MES that is killed forgets no event, and repeats each until it is answered 2xx', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mes-'))
  const secret = `whsec_${Buffer.from('a secret of the hook').toString('base64')}`
  const accepted = new Set<string>()
  let status = 503
  const receiver = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const id = request.headers['webhook-id'] as string
    const signature = sign(
      secret,
      id,
      Buffer.concat(chunks).toString(),
      request.headers['webhook-timestamp'] as string,
    )
    assert.equal(request.headers['webhook-signature'], signature['webhook-signature'])
    if (status === 202) accepted.add(id)
    response.writeHead(status).end()
  }).listen(0, '127.0.0.1')
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  const args = { port: 0, data: join(folder, 'mes.db'), seed: 3, webhook }
  const sent = (url: string) => control<{ events: SentEvent[] }>(`${url}/truth`)

  const killed = await startSimulated('mes', { ...args, rate: 200 }, { MES_HOOK_SECRET: secret })
  while ((await sent(killed.url)).events.length < 100) await delay(20)
  await killed.kill()
  status = 202
  const mes = await startSimulated('mes', { ...args, rate: 0 }, { MES_HOOK_SECRET: secret })
  try {
    while ((await control<{ unsent: number }>(`${mes.url}/traffic`)).unsent > 0) await delay(20)
    const { events } = await sent(mes.url)
    assert.ok(events.length >= 100)
    assert.deepEqual(new Set(events.map(({ eventId }) => eventId)), accepted)
    assert.ok(
      events.some(({ answers }) => answers === 2),
      'some are sent twice on purpose',
    )
  } finally {
    await mes.kill()
    receiver.close()
    rmSync(folder, { recursive: true })
  }
})
