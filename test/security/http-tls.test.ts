import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { getCACertificates, setDefaultCACertificates, type TLSSocket } from 'node:tls'
import { inspect } from 'node:util'
import { Type } from 'typebox'
import { graphql } from '../../src/connectors/graphql/index.ts'
import { bearer, oauth2, type RestOptions, type TlsOptions } from '../../src/connectors/rest/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent } from '../../src/system/effect.ts'
import { secret, secretFile } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { callOnce, connectors } from '../integration/http-connectors.ts'
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
  const upgrades: unknown[] = []
  server.on('upgrade', (request, socket) => {
    upgrades.push(request.url)
    socket.destroy()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { url: `https://localhost:${port}`, certificate, received, upgrades }
}

async function send(
  t: TestContext,
  url: string,
  options: RestOptions = {},
  secrets: Record<string, string> = {},
) {
  const owner = shop({ url, auth: bearer(secret('TOKEN')), ...options })
  const connection = await owner.connector.connect(contextOf({ secrets: { TOKEN: 'canary', ...secrets } }))
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

for (const [name, connectorOf] of Object.entries(connectors))
  test(`${name} trusts the authority that it is given, and no other`, { skip }, async t => {
    const { url, certificate, received } = await startTls(t, 'localhost')
    await callOnce(connectorOf({ url }))
    assert.equal(received.length, 0)
    await callOnce(connectorOf({ url, tls: { ca: certificate } }))
    assert.ok(received.length > 0)
  })

test('a subscription of graphql is opened with the certificates of its system', { skip }, async t => {
  const { url, certificate, upgrades } = await startTls(t, 'localhost')
  const run = async (tls: TlsOptions | undefined) => {
    const owner = system('shop', { kind: 'other', connector: graphql({ url, tls }) })
    const channel = owner.subscribe('notes', Text, { document: 'subscription { text }', missed: 'lost' })
    const connection = await owner.connector.connect(contextOf())
    const intake = { accept: async () => [], position: async () => undefined }
    await assert.rejects(async () => connection.source?.(channel).run(intake, new AbortController().signal))
    await connection.close()
  }
  await run(undefined)
  assert.deepEqual(upgrades, [])
  await run({ ca: certificate })
  assert.equal(upgrades.length, 1)
})

/** An authority of one's own, with a server that lets in only those whom it certified, and two clients. */
async function startMutualTls(t: TestContext, answer: (request: IncomingMessage) => string = () => '') {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-mtls-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2']
  for (const authority of ['ca', 'other'])
    openssl(
      'req',
      '-x509',
      ...kind,
      '-nodes',
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.pem`,
      '-subj',
      `/CN=${authority}`,
    )
  const certify = (name: string, authority: string, ...protection: string[]) => {
    const issuer = ['-CA', `${authority}.pem`, '-CAkey', `${authority}.key`]
    const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`]
    openssl(
      'req',
      '-x509',
      ...issuer,
      ...kind,
      ...protection,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      ...subject,
    )
  }
  certify('localhost', 'ca', '-nodes')
  certify('client', 'ca', '-passout', 'pass:canary-passphrase')
  certify('stranger', 'other', '-nodes')
  const seen: string[] = []
  const text = (name: string) => readFileSync(at(name), 'utf8')
  const own = { key: text('localhost.key'), cert: text('localhost.pem'), ca: text('ca.pem') }
  const server = createServer(
    { ...own, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      seen.push(String((request.socket as TLSSocket).getPeerCertificate().subject.CN))
      response.end(answer(request))
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, seen, at, text }
}

test('a client certificate is shown to who asks, and only the own authority is trusted', {
  skip,
}, async t => {
  const { url, seen, at } = await startMutualTls(t)
  const ca = secretFile(at('ca.pem'))
  const client = {
    cert: secretFile(at('client.pem')),
    key: secretFile(at('client.key')),
    passphrase: secret('PASS'),
  }
  const files = (name: string) => ({
    [at(`${name}.pem`)]: readFileSync(at(`${name}.pem`), 'utf8'),
    [at(`${name}.key`)]: readFileSync(at(`${name}.key`), 'utf8'),
  })
  const secrets = {
    ...files('ca'),
    ...files('client'),
    ...files('other'),
    ...files('stranger'),
    PASS: 'canary-passphrase',
  }
  assert.deepEqual(await send(t, url, { tls: { ...client, ca } }, secrets), { ok: true })
  assert.deepEqual(seen, ['client'])
  const stranger = { cert: secretFile(at('stranger.pem')), key: secretFile(at('stranger.key')) }
  for (const tls of [{ ca }, { ...stranger, ca }, { ...client, ca: secretFile(at('other.pem')) }, client]) {
    const error = errorOf(await send(t, url, { tls }, secrets))
    assert.match(error.code, /^TARGET-UN/)
  }
  assert.deepEqual(seen, ['client'])
})

test('certificates that cannot be used are told of when a connection opens, without their material', {
  skip,
}, async t => {
  const { url, seen, text } = await startMutualTls(t)
  const secrets = {
    CERT: text('client.pem'),
    KEY: text('client.key'),
    WRONG: text('stranger.key'),
    PASS: 'canary-x',
  }
  const [cert, key] = [secret('CERT'), secret('KEY')]
  for (const tls of [
    { cert },
    { key },
    { cert, key },
    { cert, key, passphrase: secret('PASS') },
    { cert, key: secret('WRONG') },
    { cert: secret('PASS'), key: secret('WRONG') },
  ]) {
    await assert.rejects(send(t, url, { tls }, secrets), error => {
      assert.equal((error as { code?: string }).code, 'CONFIG-INVALID')
      assert.ok(!/canary|BEGIN/.test(inspect(error, { depth: 9 })))
      return true
    })
  }
  assert.deepEqual(seen, [])
})

test('a token endpoint has certificates of its own, and never sees those of the system', {
  skip,
}, async t => {
  const endpoint = await startMutualTls(t, () => '{"access_token":"by-mutual-tls"}')
  const target = await startMutualTls(t, ({ headers }) => headers.authorization ?? '')
  const own = { cert: endpoint.text('client.pem'), key: secret('CLIENT'), passphrase: secret('PASS') }
  const tokens = { tokenUrl: `${endpoint.url}/token`, clientId: 'me' }
  const tls = {
    cert: target.text('client.pem'),
    key: secret('TARGET'),
    passphrase: secret('PASS'),
    ca: target.text('ca.pem'),
  }
  const given = {
    CLIENT: endpoint.text('client.key'),
    TARGET: target.text('client.key'),
    PASS: 'canary-passphrase',
  }
  const auth = oauth2({ ...tokens, tls: { ...own, ca: endpoint.text('ca.pem') } })
  assert.deepEqual(await send(t, target.url, { auth, tls }, given), { ok: true })
  assert.deepEqual([endpoint.seen, target.seen], [['client'], ['client']])
  const error = errorOf(await send(t, target.url, { auth: oauth2(tokens), tls }, given))
  assert.equal(error.code, 'TARGET-UNAVAILABLE')
  assert.equal(endpoint.seen.length, 1)
})
