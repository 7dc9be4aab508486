import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { type ProgramOptions, program } from '../../src/connectors/process/index.ts'
import type { IsthmusError } from '../../src/errors.ts'
import { model } from '../../src/model/model.ts'
import { read } from '../../src/system/effect.ts'
import type { Outgoing } from '../../src/system/roles.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

const Any = model('Any', { version: 1, schema: Type.Unknown() })
const never = new AbortController().signal
const target = join(import.meta.dirname, 'process-target.py')

/** A connection to a program of Python whose text is given. It ends with the test. */
async function connected(t: TestContext, script: string, options: Partial<ProgramOptions> = {}) {
  const log: string[] = []
  const owner = system('tool', {
    kind: 'other',
    connector: program({ command: ['python3', '-u', '-c', script], ...options }),
  })
  const connection = await owner.connector.connect(
    connectContext({ system: 'tool', settings: { KEY: 'hidden' }, log: (_, text) => log.push(text) }),
  )
  t.after(() => connection.close())
  const channel = owner.operation('echo', { request: Any, response: Any, effect: read, batch: 10 })
  const requester = connection.requester?.(channel)
  const ask = async (...data: unknown[]) => (await requester?.ask(data.map(item), never)) ?? []
  return { ask, log, connection, owner }
}

const item = (data: unknown, n: number): Outgoing => ({
  data,
  effectKey: `effect-${String(data)}`,
  key: `key-${n}`,
  messageId: `message-${n}`,
  attempt: 1,
})

const codes = (answers: readonly { ok: boolean; error?: unknown }[]) =>
  answers.map(answer => (answer.ok ? 'ok' : (answer.error as IsthmusError).code))

const echo = `
import json, os, sys
print(json.dumps({"ready": True}))
for line in sys.stdin:
    batch = json.loads(line)
    def one(item):
        if item["data"] == "die": os._exit(9)
        if item["data"] == "again": return {"error": "not now", "again": True}
        if item["data"] == "environment": return {"result": dict(os.environ)}
        if item["data"] == "eat":
            eaten = bytearray(400_000_000)
            import time; time.sleep(600)
        return {"result": [os.getpid(), batch["operation"], item["data"]]}
    print("working", file=sys.stderr)
    print(json.dumps({"answers": [one(item) for item in batch["items"]]}))
`

test('a program lives on between batches, and every digit reaches it and comes back', async t => {
  const { ask, log } = await connected(t, echo)
  const [first] = await ask({ no: 12345678901234567890n, text: '中文\u2028' })
  const [second] = await ask(1)
  assert.ok(first?.ok && second?.ok)
  const [pid, operation, data] = first.result as [number, string, object]
  assert.equal(operation, 'echo')
  assert.deepEqual(data, { no: '12345678901234567890', text: '中文\u2028' })
  assert.equal((second.result as [number])[0], pid)
  assert.ok(log.includes('python3: working'), 'what it says on its error output is in the log')
})

test('a message with which the program dies is found, set aside after three times alone, and harms no other', async t => {
  const { ask } = await connected(t, echo)
  assert.deepEqual(codes(await ask('a', 'die', 'b')), Array(3).fill('TARGET-UNANSWERED'))
  assert.deepEqual(codes(await ask('a', 'die', 'b')), ['ok', 'TARGET-UNANSWERED', 'ok'])
  assert.deepEqual(codes(await ask('c', 'die', 'd')), ['ok', 'TARGET-UNANSWERED', 'ok'])
  const [, fourth] = await ask('e', 'die')
  assert.ok(fourth && !fourth.ok)
  assert.match(String(fourth.error), /ended 3 times with this message alone/)
})

test('a program may ask for a later attempt', async t => {
  const { ask } = await connected(t, echo)
  assert.deepEqual(codes(await ask('again', 'a')), ['TARGET-UNAVAILABLE', 'ok'])
})

test('a program does not see our environment, only what it is given', async t => {
  process.env.ISTHMUS_TEST_SECRET = 'seen'
  t.after(() => {
    delete process.env.ISTHMUS_TEST_SECRET
  })
  const { ask } = await connected(t, echo, { environment: { KEY: secret('KEY') } })
  const [answer] = await ask('environment')
  assert.ok(answer?.ok)
  const [environment] = [answer.result as Record<string, string>]
  assert.equal(environment.KEY, 'hidden')
  assert.equal(environment.ISTHMUS_TEST_SECRET, undefined)
  assert.ok(environment.PATH)
})

test('a program that takes more memory than it may is killed', {
  skip: process.platform !== 'linux',
}, async t => {
  const { ask } = await connected(t, echo, { memory: 200_000_000 })
  const [answer] = await ask('eat')
  assert.ok(answer && !answer.ok)
  assert.match(String(answer.error), /bytes of memory; it may have 200000000/)
  assert.deepEqual(codes(await ask('a')), ['ok'])
})

test('a program that hangs is killed with what it has started, and another one goes on', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-process-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const hangs = `
import json, subprocess, sys, time
print(json.dumps({"ready": True}))
for line in sys.stdin:
    if "hang" not in line:
        print(json.dumps({"answers": [{"result": 1}]}))
        continue
    child = subprocess.Popen(["sleep", "600"])
    open("${folder}/pid", "w").write(str(child.pid))
    time.sleep(600)
`
  const { ask } = await connected(t, hangs, { batchTimeout: '10s' })
  const [answer] = await ask('hang')
  assert.ok(answer && !answer.ok)
  assert.match(String(answer.error), /did not answer within 10000 ms/)
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  while (isAlive(pid)) await delay(5)
  assert.deepEqual(codes(await ask('fine')), ['ok'])
})

function isAlive(pid: number): boolean {
  try {
    const state = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0]
    return state !== undefined && state !== 'Z'
  } catch {
    return false
  }
}

for (const [what, script, reason] of [
  ['prints where its answers belong', 'print("{\\"ready\\": true}"); input(); print("hello")', /no JSON/],
  ['answers too few', 'print("{\\"ready\\": true}"); input(); print("{\\"answers\\": []}")', /as agreed/],
  [
    'ends without an answer',
    'print("{\\"ready\\": true}"); input(); raise SystemExit(5)',
    /ended with code 5/,
  ],
] as const)
  test(`a program that ${what} is found out`, async t => {
    const { ask } = await connected(t, script)
    const [answer] = await ask(1)
    assert.ok(answer && !answer.ok)
    assert.match(String(answer.error), reason)
  })

test('an answer counts although the program ends with it, and the next message gets another one', async t => {
  const once = `
import json, sys
print(json.dumps({"ready": True}))
line = json.loads(sys.stdin.readline())
print(json.dumps({"answers": [{"result": item["data"]} for item in line["items"]]}))
`
  const { ask } = await connected(t, once)
  for (const n of [1, 2, 3]) {
    let answers = await ask(n)
    // Whoever asks while it ends gets no answer from it, and asks again.
    while (codes(answers)[0] === 'TARGET-UNANSWERED') answers = await ask(n)
    assert.deepEqual(answers, [{ ok: true, result: n }])
  }
})

test('what cannot be started, or never says that it is ready, is told at once with its last words', async t => {
  await assert.rejects(connected(t, '', { command: ['/no/such/program'] }), {
    code: 'CONFIG-INVALID',
    message: /cannot be started/,
  })
  const broken = 'import sys; sys.exit("no module named pandas")'
  await assert.rejects(connected(t, broken), {
    code: 'TARGET-UNAVAILABLE',
    message: /ended with code 1; it said last: no module named pandas/,
  })
  await assert.rejects(connected(t, 'print("hello"); input()'), { message: /no JSON/ })
  await assert.rejects(connected(t, 'input()', { startTimeout: '1s' }), {
    message: /not ready within 1000 ms/,
  })
})

test('a connection that is closed lets the batch under way end', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'isthmus-process-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { ask, connection } = await connected(t, '', { command: ['python3', target, folder] })
  writeFileSync(join(folder, 'text-1'), 'one')
  writeFileSync(join(folder, 'mood'), 'stall')
  const asked = ask({ n: 1 })
  await delay(20)
  const closed = connection.close()
  rmSync(join(folder, 'mood'))
  assert.deepEqual(codes(await asked), ['ok'])
  await closed
})

test('what cannot work is refused when it is declared', () => {
  assert.throws(() => program({ command: ['python3'], workers: 0 }), { code: 'FLOW-DEFINITION' })
  assert.throws(() => program({ command: ['python3'], memory: -1 }), { code: 'FLOW-DEFINITION' })
  const owner = system('tool', { kind: 'other', connector: program({ command: ['python3'] }) })
  assert.throws(() => owner.send('x', Any, { effect: read, batch: 0 }), { code: 'FLOW-DEFINITION' })
})

test('a line that is written late or twice is not taken for the answer to the next batch', async t => {
  const twice = `
import json, sys, time
print(json.dumps({"ready": True}))
for line in sys.stdin:
    batch = json.loads(line)
    answer = json.dumps({"batch": batch["batch"], "answers": [{"result": item["data"]} for item in batch["items"]]})
    print(answer)
    if batch["items"][0]["data"] == "twice":
        sys.stdin.readline()
        print(answer)
`
  const { ask } = await connected(t, twice)
  assert.deepEqual(codes(await ask('twice')), ['ok'])
  const [answer] = await ask('next')
  assert.ok(answer && !answer.ok)
  assert.match(String(answer.error), /answered the batch 1 when it was asked the batch 2/)
  const [again] = await ask('next')
  assert.deepEqual(again, { ok: true, result: 'next' })
})

test('the memory of what a program starts is its own', { skip: process.platform !== 'linux' }, async t => {
  const parent = `
import json, subprocess, sys
print(json.dumps({"ready": True}))
for line in sys.stdin:
    subprocess.run([sys.executable, "-c", "eaten = bytearray(400_000_000); import time; time.sleep(600)"])
    print(json.dumps({"answers": [{"result": 1}]}))
`
  const { ask } = await connected(t, parent, { memory: 200_000_000 })
  const [answer] = await ask('eat')
  assert.ok(answer && !answer.ok)
  assert.match(String(answer.error), /bytes of memory; it may have 200000000/)
})
