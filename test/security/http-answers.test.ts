import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openDocument } from '../../src/contract/open-document.ts'
import { idempotent, model, read, Type } from '../../src/index.ts'
import type { Outgoing } from '../../src/system/roles.ts'
import {
  contextOf,
  errorOf,
  outgoing,
  shop,
  startServer,
  startTcpServer,
} from '../integration/http-harness.ts'

const Text = model('Text', { version: 1, schema: Type.Object({ text: Type.String() }) })
const signal = new AbortController().signal
const answer = (text: string) => {
  const body = JSON.stringify({ text })
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

/** Asks for a text at `/text?q=...`. */
async function asking(url: string, options: Partial<Parameters<typeof shop>[0]> = {}) {
  const owner = shop({ url, ...options })
  const connection = await owner.connector.connect(contextOf())
  const channel = owner.operation('text', {
    method: 'POST',
    path: '/text',
    effect: read,
    request: Text,
    response: Text,
    body: data => data,
  })
  const requester = connection.requester?.(channel)
  const ask = async (text: string, until: AbortSignal = signal) =>
    (await requester?.ask([outgoing({ text }) as Outgoing], until))?.[0]
  return { ask, close: () => connection.close() }
}

const resultOf = (got: Awaited<ReturnType<Awaited<ReturnType<typeof asking>>['ask']>>) =>
  got?.ok ? (got.result as { text: string }).text : errorOf(got).code

test('a second answer on a connection is never taken for that of another call', async t => {
  for (const isLate of [false, true]) {
    let closed: Promise<unknown> | undefined
    let forge = () => {}
    const url = await startTcpServer(t, socket => {
      closed = new Promise(resolve => socket.once('close', resolve))
      socket.on('data', chunk => {
        const asked = /"text":"(\w+)"/.exec(chunk.toString())?.[1] ?? ''
        const forged = answer(`forged after ${asked}`)
        forge = () => void socket.write(forged)
        socket.write(isLate ? answer(asked) : answer(asked) + forged)
      })
    })
    const { ask, close } = await asking(url)
    for (const text of ['one', 'two', 'three']) {
      assert.equal(resultOf(await ask(text)), text)
      if (!isLate) continue
      forge()
      // Who is answered without having asked leaves.
      await closed
    }
    await close()
  }
})

test('the answer to a call that was given up is not read as that of the next', async t => {
  const stop = new AbortController()
  const url = await startTcpServer(t, socket => {
    socket.on('data', chunk => {
      const asked = /"text":"(\w+)"/.exec(chunk.toString())?.[1] ?? ''
      if (asked === 'slow') stop.abort()
      setTimeout(() => socket.destroyed || socket.write(answer(asked)), asked === 'slow' ? 100 : 0)
    })
  })
  const { ask, close } = await asking(url)
  assert.equal(resultOf(await ask('slow', stop.signal)), 'TARGET-UNANSWERED')
  for (const text of ['one', 'two']) assert.equal(resultOf(await ask(text)), text)
  await close()
})

test('headers without end, interim answers without end and bodies that drip come to an end', async t => {
  const endless: Record<string, (write: (text: string) => boolean) => void> = {
    headers: write => void write(`x-${Math.random()}: ${'a'.repeat(1000)}\r\n`),
    interim: write => void write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'),
    body: write => void write('1\r\na\r\n'),
  }
  for (const [name, more] of Object.entries(endless)) {
    const url = await startTcpServer(t, socket => {
      socket.once('data', () => {
        if (name !== 'interim') socket.write('HTTP/1.1 200 OK\r\n')
        if (name === 'body') socket.write('transfer-encoding: chunked\r\n\r\n')
        const timer = setInterval(() => more(text => socket.write(text)), 5)
        socket.on('close', () => clearInterval(timer))
      })
    })
    const { ask, close } = await asking(url, { timeouts: { firstByte: '3s', total: '5s' } })
    assert.equal(resultOf(await ask('x')), 'TARGET-UNANSWERED', name)
    await close()
  }
})

test('what was compressed without being asked for is not unfolded', async t => {
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20))
  const { url } = await startServer(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(bomb)
  })
  const { ask, close } = await asking(url)
  assert.equal(resultOf(await ask('x')), 'TARGET-CONTRACT')
  await close()
  const { body } = await openDocument(`${url}/document`)
  assert.equal(body.length, bomb.length)
})

test('proxies of the environment are not used', async t => {
  const { url: proxy, received } = await startServer(t, (_, response) => response.end())
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'ALL_PROXY']
  for (const name of names) process.env[name] = proxy
  t.after(() => {
    for (const name of names) delete process.env[name]
  })
  const { url } = await startServer(t, (_, response) => response.end('{"text":"direct"}'))
  const owner = shop({ url })
  const connection = await owner.connector.connect(contextOf())
  const channel = owner.send('note', Text, { method: 'POST', path: '/notes', effect: idempotent })
  assert.deepEqual(await connection.sink?.(channel).write([outgoing({ text: 'x' })], signal), [{ ok: true }])
  await connection.close()
  assert.deepEqual(received, [])
})

test('a document that is imported sends its password to nobody else, and what goes wrong is told', async t => {
  const other = await startServer(t, (_, response) => response.end('other'))
  const first = await startServer(t, (request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: `${other.url}/x` }).end()
    else if (request.url === '/cut')
      response.writeHead(200, { 'content-length': 9 }).write('a', () => response.destroy())
    else response.end('first')
  })
  const at = (path: string) => first.url.replace('//', '//user:geheim@') + path
  const code = { code: 'CONTRACT-REFERENCE' }
  await assert.rejects(openDocument(at('/moved')), code)
  await assert.rejects(openDocument(at('/cut')), code)
  const document = await openDocument(at('/a'))
  for (const reference of [
    `${other.url}/b`,
    other.url.replace('http:', ''),
    'http://[',
    '//',
    'file:///etc/passwd',
  ])
    await assert.rejects(
      async () => document.load(reference),
      error => {
        assert.equal((error as { code?: string }).code, 'CONTRACT-REFERENCE', `${reference}: ${error}`)
        assert.doesNotMatch(String(error), /geheim/)
        return true
      },
    )
  await assert.rejects(openDocument('http://user:%E0%A4%A@127.0.0.1:1/'), code)
  await assert.rejects(openDocument('http://[/'), code)
  assert.deepEqual(other.received, [])
  assert.match(String(first.received[0]?.headers.authorization), /^Basic /)
})
