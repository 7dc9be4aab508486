import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { kafkaBrokers, withoutKafka } from '../../test/integration/kafka-harness.ts'
import { mqttUrl, withoutMqtt } from '../../test/integration/mqtt-harness.ts'
import { rabbitUrl, withoutRabbit } from '../../test/integration/rabbitmq-harness.ts'
import { testUrl, withoutPostgres } from '../../test/recovery/postgres-fixture.ts'
import { assertBalanced, startFactory, workersInTrouble } from './harness.ts'

test('Kafka carries what is accepted to workers that are killed and stand still, and it balances', {
  skip: withoutPostgres || withoutKafka,
}, async t => {
  const env = { ISTHMUS_POSTGRES: testUrl, KAFKA_BROKERS: kafkaBrokers }
  const { code, output } = await workersInTrouble(t, ['--with=postgres,kafka', '--workers=2'], env)
  assert.equal(code, 0, output)
  assert.match(output, /\nKafka carries to the workers what is accepted, too\n/)
  assertBalanced(output)
})

test('Kafka and RabbitMQ carry the events, sensors report by MQTT, and it balances too', {
  skip: withoutKafka || withoutRabbit || withoutMqtt,
}, async t => {
  const env = { KAFKA_BROKERS: kafkaBrokers, RABBITMQ_URL: rabbitUrl, MQTT_URL: mqttUrl }
  const args = ['--with=mqtt,rabbitmq,kafka', '--seconds=8', '--chaos']
  const { code, output } = await startFactory(t, args, env).ended
  assert.equal(code, 0, output)
  assert.match(
    output,
    /^Events are carried by Kafka at \S+\nEvents .* RabbitMQ at [^@]+\nSensors .* at [^@]+\n/,
  )
  assertBalanced(output)
  assert.match(output, /Temperatures of stations +([1-9]\d*), with quality once \1\n/)
  // What it had at brokers that others use is gone, and so is what the test above had: no other file has a factory at Kafka.
  const admin = new Admin({ clientId: 'tests', bootstrapBrokers: kafkaBrokers.split(',') })
  const topics = [...(await admin.listTopics()), ...(await admin.listGroups()).keys()]
  await admin.close()
  assert.deepEqual(
    topics.filter(name => /^factory-/.test(name)),
    [],
  )
})
