import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { passwordDigest } from 'soap'
import { type SoapOptions, usernameToken } from '../../src/connectors/soap/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { read } from '../../src/system/effect.ts'
import { secret } from '../../src/system/setting.ts'
import { documentOperation, wsdlOf } from './contract-texts.ts'
import { noon } from './http-harness.ts'
import { Anything, ask, connected } from './soap-harness.ts'
import { startSoapServer } from './soap-server.ts'

const { messages, operation, bound } = documentOperation('Ping')
const types = '<xs:element name="Ping" type="xs:string"/><xs:element name="PingResponse" type="xs:string"/>'

interface Token {
  readonly Username: string
  readonly Password: { readonly $value: string; readonly attributes: { readonly Type: string } }
  readonly Nonce?: { readonly $value: string }
  readonly Created?: string
}

interface Header {
  readonly UsernameToken: Token
  readonly Timestamp?: { readonly Created: string; readonly Expires: string }
}

for (const version of ['1.1', '1.2'] as const) {
  const wsdl = wsdlOf({ types, version, messages, operations: operation, bound })
  const headers: Header[] = []
  /** As that server's documentation says that tokens are checked. */
  function accepts(header: Header): boolean {
    headers.push(header)
    const { Username, Password, Nonce, Created } = header.UsernameToken
    const isDigest = Password.attributes.Type.endsWith('#PasswordDigest')
    const expected = isDigest
      ? passwordDigest(Nonce?.$value ?? '', Created ?? '', 'pass & <word>')
      : 'pass & <word>'
    return Username === 'us&r' && Password.$value === expected
  }

  for (const digest of [false, true]) {
    test(`SOAP ${version}: a user name token is accepted (${digest ? 'digest' : 'text'})`, async t => {
      const server = await startSoapServer(
        wsdl,
        { Ping: () => 'pong' },
        { setUp: made => Object.assign(made, { authenticate: accepts }) },
      )
      t.after(() => server.close())
      const security = usernameToken('us&r', secret('PASS'), { digest, timestamp: '5m' })
      const options: SoapOptions = { wsdl, url: server.url, security }
      const good = await connected(t, options, { PASS: 'pass & <word>' })
      const channel = good.owner.operation('ping', {
        operation: 'Ping',
        request: Anything,
        response: Anything,
        effect: read,
      })
      assert.deepEqual(await ask(good.connection, channel, 'hello'), { ok: true, result: 'pong' })
      await ask(good.connection, channel, 'hello')
      const [first, second] = headers.slice(-2)
      assert.deepEqual(first?.Timestamp?.Created && new Date(first.Timestamp.Created).getTime(), noon)
      assert.deepEqual(
        first?.Timestamp?.Expires && new Date(first.Timestamp.Expires).getTime(),
        noon + 300_000,
      )
      if (digest) assert.notEqual(first?.UsernameToken.Nonce?.$value, second?.UsernameToken.Nonce?.$value)

      const bad = await connected(t, options, { PASS: 'wrong-password' })
      const refused = bad.owner.operation('ping', { operation: 'Ping', request: Anything, effect: read })
      const answer = await ask(bad.connection, refused, 'hello')
      assert.ok(!answer.ok && answer.error instanceof IsthmusError)
      assert.equal(answer.error.code, 'TARGET-CREDENTIALS')
      assert.doesNotMatch(answer.error.message, /wrong-password/)
    })
  }
}

test('the digest is that of the standard', () => {
  const { content } = usernameToken('u', secret('P'), { digest: true })
  const text = content(setting => (typeof setting === 'string' ? setting : 'p'), noon)
  const [, digest] = /#PasswordDigest">([^<]*)</.exec(text) ?? []
  const [, nonce = ''] = /<wsse:Nonce[^>]*>([^<]*)</.exec(text) ?? []
  const [, created = ''] = /<wsu:Created>([^<]*)</.exec(text) ?? []
  const hash = createHash('sha1').update(Buffer.from(nonce, 'base64')).update(`${created}p`).digest('base64')
  assert.equal(digest, hash)
})

test('what people see of a token is no secret', () => {
  const { summary } = usernameToken('user', secret('ERP_PASSWORD'), { digest: true })
  assert.equal(summary, 'username token user, secret ERP_PASSWORD, digest')
})
