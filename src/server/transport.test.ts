import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secret, secretFile } from '../system/setting.ts'
import { transportPlaceOf } from './transport.ts'

const placeOf = (ISTHMUS_TRANSPORT?: string) => transportPlaceOf('plant', { ISTHMUS_TRANSPORT })

test('without a transport there is none; with brokers alone the rest has defaults', () => {
  assert.equal(placeOf(), undefined)
  assert.equal(placeOf(''), undefined)
  assert.deepEqual(placeOf('kafka://a:9092,b:9093'), {
    kafka: {
      ...{ brokers: 'a:9092,b:9093', tls: undefined, sasl: undefined },
      ...{ connectTimeout: '3s', callTimeout: '10s' },
    },
    topic: {
      ...{ topic: 'isthmus.plant.intake', create: true, replication: undefined },
      retention: 7 * 86_400_000,
    },
  })
})

test('everything can be said, but a password', () => {
  const place = placeOf(
    'kafka://a:9092?topic=carried&create=false&replication=3&retention=14d&timeout=5s&ca=/ca.pem&sasl=SCRAM-SHA-512&user=isthmus',
  )
  assert.deepEqual(place?.topic, {
    ...{ topic: 'carried', create: false, replication: 3 },
    retention: 14 * 86_400_000,
  })
  assert.equal(place?.kafka.callTimeout, '5s')
  assert.deepEqual(place?.kafka.tls, { ca: secretFile('/ca.pem'), cert: undefined, key: undefined })
  const password = secret('ISTHMUS_TRANSPORT_PASSWORD')
  assert.deepEqual(place?.kafka.sasl, { mechanism: 'SCRAM-SHA-512', user: 'isthmus', password })
  assert.equal(placeOf('kafka://a:9092?tls=true')?.kafka.tls, true)
})

test('what cannot be meant is refused, without showing a password', () => {
  for (const wrong of [
    'a:9092',
    'http://a:9092',
    'kafka://',
    'kafka://user:hidden@a:9092',
    'kafka://a:9092?topics=x',
    'kafka://a:9092?topic=a/b',
    'kafka://a:9092?replication=0',
    'kafka://a:9092?retention=long',
    'kafka://a:9092?create=no',
    'kafka://a:9092?tls=yes',
    'kafka://a:9092?sasl=GSSAPI&user=a',
    'kafka://a:9092?user=a',
  ])
    assert.throws(
      () => placeOf(wrong),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'CONFIG-INVALID', wrong)
        assert.match(error.message, /^ISTHMUS_TRANSPORT /)
        assert.doesNotMatch(error.message, /hidden/)
        return true
      },
    )
})
