import assert from 'node:assert/strict'
import { test } from 'node:test'
import { idempotent, model, Type } from '../../src/index.ts'
import { type Allowed, addressRule } from '../../src/system/network.ts'
import { contextOf, errorOf, outgoing, shop, startServer } from '../integration/http-harness.ts'

const Text = model('Text', { version: 1, schema: Type.Object({ text: Type.String() }) })
const signal = new AbortController().signal

async function called(url: string, allow: readonly Allowed[]) {
  const owner = shop({ url })
  const connection = await owner.connector.connect(contextOf({ allows: addressRule(allow) }))
  const channel = owner.send('note', Text, { method: 'POST', path: '/notes', effect: idempotent })
  try {
    return (await connection.sink?.(channel).write([outgoing({ text: 'note' })], signal))?.[0]
  } finally {
    await connection.close()
  }
}

test('this machine is called only if that is allowed, however its address is written', async t => {
  const { url, received } = await startServer(t, (_, response) => response.end())
  const { port } = new URL(url)
  // The URL standard makes 127.0.0.1 of most of these; the others resolve to it, or to nothing.
  const hosts = [
    '127.0.0.1',
    'localhost',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.1',
  ]
  for (const host of [...hosts, '[::ffff:7f00:1]', '0.0.0.0']) {
    const error = errorOf(await called(`http://${host}:${port}`, []))
    assert.equal(error.code, 'TARGET-ADDRESS', host)
    assert.match(error.message, /allow: \['(loopback'|0\.0\.0\.0\/32')\]/)
    assert.equal(error.fate, 'pause')
  }
  assert.equal(errorOf(await called(url, ['private'])).code, 'TARGET-ADDRESS')
  assert.deepEqual(received, [])
  assert.deepEqual(await called(url, ['loopback']), { ok: true })
  assert.deepEqual(await called(`http://localhost:${port}`, ['loopback']), { ok: true })
  assert.equal(received.length, 2)
})

test('where clouds keep credentials is not called, also not by who may call the private networks', async () => {
  for (const url of ['http://169.254.169.254', 'http://[fd00:ec2::254]', 'http://[::ffff:a9fe:a9fe]'])
    assert.equal(errorOf(await called(url, ['loopback'])).code, 'TARGET-ADDRESS', url)
  assert.equal(
    errorOf(await called('http://169.254.169.254', ['loopback', 'private'])).code,
    'TARGET-ADDRESS',
  )
})
