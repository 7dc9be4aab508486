import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secret } from '../../system/setting.ts'
import { hmac, hubSignature, verifierOf } from './signature.ts'

const verify = (key: string, signature: ReturnType<typeof hmac>, seconds: number) =>
  verifierOf(
    signature,
    () => key,
    () => seconds * 1000,
  )

test('the example that libraries of Standard Webhooks are tested with is good', () => {
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const request = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    query: '',
    body: Buffer.from('{"test": 2432232314}'),
  }
  assert.equal(verify(key, hmac(secret('KEY')), 1_614_265_330)(request), true)
})

test("the example of GitHub's documentation is good", () => {
  const digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const request = {
    headers: { 'x-hub-signature-256': `sha256=${digest}` },
    query: '',
    body: Buffer.from('Hello, World!'),
  }
  assert.equal(verify("It's a Secret to Everybody", hubSignature(secret('KEY')), 0)(request), true)
})
