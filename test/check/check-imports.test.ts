import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { checkImports } from '../../scripts/check-imports.ts'
import { codeOf } from '../../scripts/source-text.ts'
import { fixtureTree } from './fixture-tree.ts'

/** Files below src/ that import each other without anything wrong, and those of the test. */
function problems(t: TestContext, files: Record<string, string>): string[] {
  const sources = Object.entries(files).map(([path, text]) => [`src/${path}`, text])
  return checkImports(fixtureTree(t, Object.fromEntries(sources)))
}

test('what the picture allows is not reported', t => {
  const found = problems(t, {
    'errors.ts': '',
    'message/message.ts': "import { x } from '../errors.ts'",
    'engine/run.ts': "import type { M } from '../message/message.ts'\nimport { x } from '../errors.ts'",
    'connectors/rest/source.ts': "import { parse } from '../bytes.ts'",
    'connectors/bytes.ts': "import { m } from '../message/message.ts'",
    'engine/run.test.ts': "import { simulate } from '../testing/simulate.ts'",
    'testing/simulate.ts': "import { run } from '../engine/run.ts'",
  })
  assert.deepEqual(found, [])
})

test('a forbidden import is reported with its file and line, types included', t => {
  const found = problems(t, {
    'flow/flow.ts': "import fs from 'fs'\n\nimport type {\n  Run,\n} from '../engine/run.ts'\n",
    'engine/run.ts': '',
  })
  assert.deepEqual(found, [
    'src/flow/flow.ts:5 imports src/engine/run.ts: flow may import message, model, system',
  ])
})

for (const [what, statement] of [
  ['re-exported', "export { run } from '../engine/run.ts'"],
  ['imported for its effect', "import '../engine/run.ts'"],
  ['imported later', "const run = await import('../engine/run.ts')"],
  ['named in a type', "type Run = typeof import('../engine/run.ts')"],
] as const) {
  test(`a forbidden module is found when it is ${what}`, t => {
    assert.match(
      problems(t, { 'store/store.ts': statement }).join(),
      /store\.ts:1 imports src\/engine\/run\.ts/,
    )
  })
}

test('a connector imports http, and no other one', t => {
  const found = problems(t, { 'connectors/rest/sink.ts': "import { get } from '../sql/get.ts'" })
  assert.match(found.join(), /src\/connectors\/rest\/sink\.ts:1 .* a connector does not import another one/)
  assert.deepEqual(problems(t, { 'connectors/rpc/sink.ts': "import { get } from '../http/get.ts'" }), [])
})

test('only tests import testing', t => {
  const found = problems(t, { 'cli/load.ts': "import { simulate } from '../testing/simulate.ts'" })
  assert.match(found.join(), /src\/cli\/load\.ts:1/)
})

test('the package does not import itself by name, nor what lies outside src', t => {
  const found = problems(t, {
    'server/server.ts': "import { flow } from 'isthmus'\nimport { x } from '../../test/x.ts'",
  })
  assert.equal(found.length, 2)
})

test('a file in no known room is reported', t => {
  assert.match(problems(t, { 'helpers/text.ts': '' }).join(), /no room "helpers"/)
})

test('a cycle is reported as its path, type imports included', t => {
  const found = problems(t, {
    'model/a.ts': "import { b } from './b.ts'",
    'model/b.ts': "import type { C } from './c.ts'",
    'model/c.ts': "import { a } from './a.ts'",
  })
  assert.deepEqual(found, ['cycle: src/model/a.ts -> src/model/b.ts -> src/model/c.ts -> src/model/a.ts'])
})

test('time, randomness and input or output come from the host', t => {
  for (const use of [
    'Date.now()',
    'new Date()',
    'Math.random()',
    'setTimeout(f, 1)',
    'performance.now()',
    'process.env',
    "fetch('x')",
  ]) {
    assert.match(problems(t, { 'engine/run.ts': `\nconst x = ${use}` }).join(), /run\.ts:2 uses/, use)
  }
  assert.match(problems(t, { 'flow/flow.ts': "import fs from 'node:fs/promises'" }).join(), /node:fs/)
})

test('the host file and the rooms outside may use the world, and others what looks similar', t => {
  const found = problems(t, {
    'engine/host.ts': 'const x = Date.now()',
    'store/store.ts': "import fs from 'node:fs'\nconst x = Date.now()",
    'engine/run.ts':
      'host.setTimeout(f, 1)\nnew Date(at)\n// Date.now()\nconst text = "process.env"\nconst y = host.process.x',
  })
  assert.deepEqual(found, [])
})

test('text that only looks like an import or a comment is told apart', t => {
  const found = problems(t, {
    'flow/flow.ts':
      'const page = `\nimport { run } from "../engine/run.ts"\n`\nconst quote = /[\'"`]/\n// import "../engine/a.ts"\n',
  })
  assert.deepEqual(found, [])
  assert.equal(codeOf("a('//') // b"), "a('  ')     ")
})
