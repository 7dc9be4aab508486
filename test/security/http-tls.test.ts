import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Type } from 'typebox'
import { bearer } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { contextOf, errorOf, outgoing, shop } from '../integration/http-harness.ts'

const Text = model('Text', { version: 1, schema: Type.Object({ text: Type.String() }) })
const skip =
  spawnSync('openssl', ['version']).status === 0
    ? false
    : 'openssl, which makes the certificates, is not installed'

/** A server with a certificate for `name` that nobody knows; gives its port, the certificate and what it received. */
async function startTls(t: TestContext, name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-tls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
  const received: unknown[] = []
  const certificate = readFileSync(cert, 'utf8')
  const server = createServer({ key: readFileSync(key), cert: certificate }, (request, response) => {
    received.push(request.headers.authorization)
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, certificate, received }
}

async function send(t: TestContext, url: string) {
  const owner = shop({ url, auth: bearer(secret('TOKEN')) })
  const connection = await owner.connector.connect(contextOf({ secrets: { TOKEN: 'canary' } }))
  t.after(() => connection.close())
  const channel = owner.send('note', Text, { method: 'POST', path: '/', effect: idempotent })
  return (
    await connection.sink?.(channel)?.write([outgoing({ text: 'x' })], new AbortController().signal)
  )?.[0]
}

test('a certificate that nobody vouches for is refused before anything is sent, and no variable changes that', {
  skip,
}, async t => {
  const { url, received } = await startTls(t, 'localhost')
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  t.after(() => delete process.env.NODE_TLS_REJECT_UNAUTHORIZED)
  const error = errorOf(await send(t, url))
  assert.equal(error.code, 'TARGET-UNAVAILABLE')
  assert.match(error.message, /certificate/)
  assert.deepEqual(received, [])
})

test('a certificate of a known authority is accepted for its own host name only', { skip }, async t => {
  const known = getCACertificates('default')
  t.after(() => setDefaultCACertificates(known))
  const right = await startTls(t, 'localhost')
  const wrong = await startTls(t, 'another.example')
  setDefaultCACertificates([...known, right.certificate, wrong.certificate])
  assert.deepEqual(await send(t, right.url), { ok: true })
  assert.deepEqual(right.received, ['Bearer canary'])
  assert.equal(errorOf(await send(t, wrong.url)).code, 'TARGET-UNAVAILABLE')
  assert.deepEqual(wrong.received, [])
})
