import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { Type } from 'typebox'
import { model } from '../../src/model/model.ts'
import { read } from '../../src/system/effect.ts'
import { errorOf, outgoing } from './http-harness.ts'
import { ask, connected } from './rpc-harness.ts'

const Any = model('Any', { version: 1, schema: Type.Unknown() })

/** An XML-RPC server that nobody here wrote: that of Python's library. It tells its port. */
const server = `
from xmlrpc.server import SimpleXMLRPCServer
server = SimpleXMLRPCServer(('127.0.0.1', 0), logRequests=False, allow_none=True, use_builtin_types=True)
server.register_function(lambda value: value, 'echo')
server.register_function(lambda value: repr(value), 'seen')
print(server.server_address[1], flush=True)
server.serve_forever()
`
const absent = spawnSync('python3', ['-c', 'import xmlrpc.server']).status !== 0

test('Python reads what we write and writes what we read', {
  skip: absent && 'there is no python3',
}, async t => {
  const process = spawn('python3', ['-c', server], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    const ended = once(process, 'exit')
    process.kill('SIGKILL')
    await ended
  })
  const [port] = await once(createInterface(process.stdout), 'line')
  const { owner, connection } = await connected(t, { url: `http://127.0.0.1:${port}`, protocol: 'xml' })
  const tags = {
    '0/at': 'dateTime.iso8601',
    '0/photo': 'base64',
    '0/price': 'double',
    '0/big': 'i8',
  } as const
  const common = { request: Any, response: Any, tags, params: (data: unknown) => [data], effect: read }
  const echo = owner.call('echo', { ...common, method: 'echo' })
  const seen = owner.call('seen', { ...common, method: 'seen' })
  const data = {
    text: 'a <b> & \r\n "中文" \u{1f600} ',
    whole: -5,
    part: 1e-7,
    price: '12.50',
    yes: true,
    none: null,
    at: '2026-05-04T12:00:00',
    photo: 'AAEC/w==',
    rows: [{ a: 1 }, {}, [], ''],
  }
  // Python itself writes a carriage return so that it is read as a line end.
  const echoable = { ...data, text: 'a <b> & \n ' }
  const [echoed] = await ask(connection, echo, [outgoing(echoable)])
  assert.deepEqual(echoed, { ok: true, result: { ...echoable, price: 12.5 } })
  const [python] = await ask(connection, seen, [outgoing({ ...data, big: '9007199254740993' })])
  assert.ok(python?.ok)
  assert.equal(
    python.result,
    "{'text': 'a <b> & \\r\\n \"中文\" \u{1f600} ', 'whole': -5, 'part': 1e-07, 'price': 12.5, 'yes': True, " +
      "'none': None, 'at': datetime.datetime(2026, 5, 4, 12, 0), 'photo': b'\\x00\\x01\\x02\\xff', " +
      "'rows': [{'a': 1}, {}, [], ''], 'big': 9007199254740993}",
  )
  const [fault] = await ask(connection, owner.call('other', { ...common, method: 'other' }), [outgoing(data)])
  assert.equal(errorOf(fault).code, 'TARGET-REFUSED')
})
