import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { mqtt } from '../../src/connectors/mqtt/index.ts'
import { rabbitmq, type TlsOptions } from '../../src/connectors/rabbitmq/index.ts'
import { secretFile } from '../../src/system/setting.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { mqttUrl, withoutMqtt } from '../integration/mqtt-harness.ts'
import { rabbitUrl, withoutRabbit } from '../integration/rabbitmq-harness.ts'

const withoutOpenssl =
  spawnSync('openssl', ['version']).status === 0
    ? false
    : 'openssl, which makes certificates, is not installed'

/** Two authorities, with a server of the first and a client of each. */
function certificates(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-brokers-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' })
  const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-days', '2', '-nodes']
  const make = (name: string, subject: string, ...more: string[]) =>
    openssl(
      'req',
      '-x509',
      ...fresh,
      ...more,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      `/CN=${subject}`,
    )
  for (const authority of ['ca', 'other']) make(authority, authority)
  const signed = (by: string, name: string) => [
    ...['-CA', `${by}.pem`, '-CAkey', `${by}.key`],
    ...['-addext', `subjectAltName=DNS:${name}`],
  ]
  make('server', 'localhost', ...signed('ca', 'localhost'))
  make('client', 'client', ...signed('ca', 'client'))
  make('stranger', 'stranger', ...signed('other', 'stranger'))
  return (name: string) => readFileSync(join(folder, name), 'utf8')
}

/** Takes TLS off before a broker, and lets in only those whom the authority knows. Gives its port. */
async function terminate(t: TestContext, broker: string, text: (name: string) => string): Promise<number> {
  const { hostname, port } = new URL(broker)
  const own = { key: text('server.key'), cert: text('server.pem'), ca: text('ca.pem') }
  const server = createServer({ ...own, requestCert: true, rejectUnauthorized: true }, client => {
    const upstream = connect(Number(port), hostname)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    client.pipe(upstream).pipe(client)
    client.on('close', () => upstream.destroy())
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return (server.address() as AddressInfo).port
}

const brokers = {
  rabbitmq: {
    url: rabbitUrl,
    skip: withoutRabbit,
    connector(port: number, tls: TlsOptions | undefined) {
      const { username: user, password } = new URL(rabbitUrl)
      return rabbitmq({ url: `amqps://localhost:${port}`, user, password, tls, connectTimeout: '20s' })
    },
  },
  mqtt: {
    url: mqttUrl,
    skip: withoutMqtt,
    connector(port: number, tls: TlsOptions | undefined) {
      const { username: user, password } = new URL(mqttUrl)
      return mqtt({ url: `mqtts://localhost:${port}`, user, password, tls, connectTimeout: '20s' })
    },
  },
}

for (const [name, { url, skip, connector }] of Object.entries(brokers))
  test(`${name} shows a certificate and trusts the own authority only`, {
    skip: skip || withoutOpenssl,
  }, async t => {
    const text = certificates(t)
    const port = await terminate(t, url, text)
    const settings = Object.fromEntries(
      ['client.key', 'stranger.key'].map(file => [file, text(file)] as const),
    )
    const check = async (tls: TlsOptions | undefined) => {
      const connection = await connector(port, tls).connect(connectContext({ settings }))
      await connection.check().finally(() => connection.close())
    }
    const cert = (who: string) => ({ cert: text(`${who}.pem`), key: secretFile(`${who}.key`) })
    await check({ ca: text('ca.pem'), ...cert('client') })
    await assert.rejects(check(undefined), { code: 'TARGET-UNAVAILABLE' })
    await assert.rejects(check({ ca: text('other.pem'), ...cert('client') }), { code: 'TARGET-UNAVAILABLE' })
    await assert.rejects(check({ ca: text('ca.pem') }), { code: 'TARGET-UNAVAILABLE' })
    await assert.rejects(check({ ca: text('ca.pem'), ...cert('stranger') }), { code: 'TARGET-UNAVAILABLE' })
  })
