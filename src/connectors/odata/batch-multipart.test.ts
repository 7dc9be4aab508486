import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readMultipart, writeMultipart } from './batch-multipart.ts'

function answer(lines: readonly string[], boundary = 'b') {
  const headers = { 'content-type': `multipart/mixed; boundary="${boundary}"` }
  return { status: 200, headers, body: Buffer.from(lines.join('\r\n')) }
}

const http = (status: number, body: string, id?: string) => [
  'Content-Type: application/http',
  ...(id === undefined ? [] : [`Content-ID: ${id}`]),
  '',
  `HTTP/1.1 ${status} Whatever`,
  'Content-Type: application/json',
  '',
  body,
]
const set = (boundary: string, ...part: string[]) => [
  `Content-Type: multipart/mixed; boundary=${boundary}`,
  '',
  `--${boundary}`,
  ...part,
  `--${boundary}--`,
]

test('each answer is found, within a change set or without, by its id or by its place', () => {
  const read = readMultipart(
    answer([
      'preamble',
      '--b',
      ...set('c', ...http(201, '{"a":"中"}', '2')),
      '--b',
      ...http(400, '{}', '1'),
      '--b--',
      '',
    ]),
    ['1', '2'],
  )
  assert.equal(read.get('2')?.status, 201)
  assert.equal(read.get('2')?.body.toString(), '{"a":"中"}')
  assert.equal(read.get('1')?.status, 400)
  const placed = readMultipart(
    answer(['--b', ...http(204, ''), '--b', ...set('c', ...http(412, '{}')), '--b--']),
    ['1', '2'],
  )
  assert.deepEqual([placed.get('1')?.status, placed.get('2')?.status], [204, 412])
})

test('a boundary within a body ends nothing', () => {
  const read = readMultipart(answer(['--b', ...http(200, '{"text":"--b and more"}'), '--b--']), ['1'])
  assert.equal(read.get('1')?.body.toString(), '{"text":"--b and more"}')
})

test('answers that were left out are not there', () => {
  assert.equal(readMultipart(answer(['--b', ...http(201, '{}'), '--b--']), ['1', '2']).get('2'), undefined)
})

test('what does not belong to the requests is refused as a whole', () => {
  const bad = [
    ['--b', ...http(201, '{}', '9'), '--b--'],
    ['--b', ...http(201, '{}', '1'), '--b', ...http(201, '{}', '1'), '--b--'],
    ['--b', ...http(201, '{}'), '--b', ...http(201, '{}'), '--b', ...http(201, '{}'), '--b--'],
    ['--b', ...set('c', ...http(201, '{}'), '--c', ...http(201, '{}')), '--b--'],
    ['--b', ...http(201, '{}')],
    ['--b', 'Content-Type: application/http', '', 'no answer', '--b--'],
  ]
  for (const lines of bad) assert.throws(() => readMultipart(answer(lines), ['1', '2']), /./, lines.join('|'))
})

test('each request is a change set of its own, with its id and exact length', () => {
  const request = {
    method: 'POST',
    path: '/Rows',
    headers: { 'content-type': 'application/json' },
    channel: 'c',
  } as const
  const body = Buffer.from('{"text":"中"}')
  const text = Buffer.from(
    writeMultipart([{ id: '7', request: { ...request, body } }], 'x', { accept: 'a' }),
  ).toString()
  assert.deepEqual(text.split('\r\n'), [
    '--x',
    'Content-Type: multipart/mixed;boundary=x_7',
    '',
    '--x_7',
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    'Content-ID: 7',
    '',
    'POST Rows HTTP/1.1',
    'accept: a',
    'content-type: application/json',
    'content-length: 14',
    '',
    '{"text":"中"}',
    '--x_7--',
    '--x--',
    '',
  ])
})
