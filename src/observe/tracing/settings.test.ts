import assert from 'node:assert/strict'
import { test } from 'node:test'
import { traceSettings } from './settings.ts'

const read = (more: Record<string, string> = {}) =>
  traceSettings({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/', ...more }, 'factory', '1.2.3')

test('without an endpoint, or switched off, nothing is exported', () => {
  assert.equal(traceSettings({}, 'factory', '1'), undefined)
  assert.equal(read({ OTEL_SDK_DISABLED: 'true' }), undefined)
  assert.equal(read({ OTEL_TRACES_EXPORTER: 'none' }), undefined)
})

test('the variables of the specification mean what it says', () => {
  assert.equal(read()?.url, 'http://collector:4318/v1/traces')
  assert.equal(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://other/x' })?.url, 'http://other/x')
  const { headers, limits, gzip, resource } =
    read({
      OTEL_EXPORTER_OTLP_HEADERS: 'a=1,b=x%2Cy',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_BSP_MAX_QUEUE_SIZE: '10',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod,service.name=x',
      OTEL_SERVICE_NAME: 'plant',
    }) ?? {}
  assert.deepEqual(headers, { a: '1', b: 'x,y' })
  assert.deepEqual(limits, { size: 10, batch: 512, delay: 5000 })
  assert.equal(gzip, true)
  assert.deepEqual(resource, {
    'deployment.environment.name': 'prod',
    'service.name': 'plant',
    'service.version': '1.2.3',
    'isthmus.landscape': 'factory',
  })
})

test('samplers follow the parent, or a share of traces that is the same for all who look at one', () => {
  const ids = Array.from({ length: 1000 }, (_, n) => n.toString(16).padStart(4, '0').repeat(8))
  const share = read({
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.25',
  })?.sampler
  const even = Array.from(
    { length: 1000 },
    (_, n) =>
      `${'0'.repeat(18)}${Math.floor((n / 1000) * 2 ** 32)
        .toString(16)
        .padStart(8, '0')}000000`,
  )
  assert.equal(even.filter(id => share?.(id, undefined)).length, 250)
  assert.ok(ids.every(id => share?.(id, true) === true && share?.(id, false) === false))
  const off = read({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' })?.sampler
  assert.deepEqual([off?.('a', undefined), off?.('a', true)], [false, true])
  assert.equal(read({ OTEL_TRACES_SAMPLER: 'always_on' })?.sampler('a', false), true)
  assert.throws(() => read({ OTEL_TRACES_SAMPLER: 'jaeger' }), /OTEL_TRACES_SAMPLER/)
})
