import assert from 'node:assert/strict'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { until } from '../check/processes.ts'
import { type Finished, Scene } from './fixture.ts'

const importing = `import { flow, landscape, model, system, Type } from '${new URL('../../src/index.ts', import.meta.url).href}'`

/** What a user's mistake looks like, and what must be said about it. */
const mistakes: Readonly<Record<string, { files: Record<string, string>; says: RegExp[] }>> = {
  'no landscape in the folder': {
    files: { 'other.ts': '' },
    says: [/There is no landscape in broken/, /isthmus new/],
  },
  'a syntax error': {
    files: { 'isthmus.ts': 'const a = 1\nconst b: = 2\nexport default a' },
    says: [/broken\/isthmus\.ts:2: /, /const b: = 2/],
  },
  'a syntax error in a file that it imports': {
    files: {
      'isthmus.ts': "export { default } from './flows/orders.ts'",
      'flows/orders.ts': '\n\nconst = 2',
    },
    says: [/broken\/flows\/orders\.ts:3: /],
  },
  'TypeScript that cannot be run': {
    files: { 'isthmus.ts': 'enum Colour { Red }\nexport default Colour' },
    says: [/broken\/isthmus\.ts:1: .*enum/, /plain JavaScript/],
  },
  'a package that is not installed': {
    files: { 'isthmus.ts': "import x from 'no-such-package'\nexport default x" },
    says: [/no-such-package/, /npm install no-such-package/],
  },
  'an error thrown by the file': {
    files: { 'isthmus.ts': 'const a = undefined\n\nexport default a.b' },
    says: [/broken\/isthmus\.ts:3: Cannot read properties of undefined/],
  },
  'no default export': {
    files: { 'isthmus.ts': 'export const a = 1' },
    says: [/broken\/isthmus\.ts has no default export/, /export default landscape\(/],
  },
  'another default export': {
    files: { 'isthmus.ts': 'export default { flow: 1, name: "x" }' },
    says: [/exports an object with flow, name by default/, /export default landscape\(/],
  },
  'a declaration that is refused': {
    files: { 'isthmus.ts': `${importing}\n\nmodel('my order', { version: 1, schema: Type.Object({}) })` },
    says: [/broken\/isthmus\.ts:3: A model is named by letters and digits/],
  },
  'a misspelt option': {
    files: {
      'isthmus.ts': `${importing}
import { rest } from '${new URL('../../src/connectors/rest/index.ts', import.meta.url).href}'
const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const shop = system('shop', { kind: 'crm', connector: rest() })
const orders = shop.webhook('orders', Order, { verfiy: 'unsigned' })
export default landscape({ systems: [shop], flows: [] })`,
    },
    says: [
      /broken\/isthmus\.ts:5: shop\.orders has the option "verfiy", which is none\. Did you mean "verify"\?/,
    ],
  },
  'a flow that goes nowhere': {
    files: {
      'isthmus.ts': `${importing}
const Order = model('Order', { version: 1, schema: Type.Object({ no: Type.String() }) })
const source = { role: 'source', system: 'shop', name: 'orders', model: Order, options: {} }
export default landscape({ systems: [], flows: [
  flow('orders').from(source),
] })`,
    },
    says: [
      /broken\/isthmus\.ts:5: flow orders/,
      /sends them nowhere/,
      /Add a \.to/,
      /"shop" is not in the landscape/,
    ],
  },
}

for (const [mistake, { files, says }] of Object.entries(mistakes)) {
  test(`${mistake}: the command says where, why and what to do, and ends with 2`, async t => {
    const scene = new Scene(t)
    for (const [name, text] of Object.entries(files)) {
      const path = join(scene.folder, 'broken', name)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    const finished = await scene.run(['check', 'broken'])
    assert.equal(finished.code, 2)
    for (const text of says) assert.match(saidBy(finished), text)
    assert.doesNotMatch(saidBy(finished), /^\s+at .*\d+:\d+/m)
  })
}

test('starting a landscape that check refuses is refused with the same words', async t => {
  const scene = new Scene(t)
  const { files, says } = mistakes['a flow that goes nowhere'] as (typeof mistakes)[string]
  writeFileSync(join(scene.folder, 'isthmus.ts'), files['isthmus.ts'] as string)
  const finished = await scene.run(['start'])
  assert.equal(finished.code, 2)
  assert.match(saidBy(finished), says[1] as RegExp)
})

test('data are kept beside the file of the landscape, wherever a helper of it makes the landscape', async t => {
  const scene = new Scene(t)
  const files = {
    'shared/make.ts': `${importing}\nexport const make = () => landscape({ name: 'plant', systems: [], flows: [] })`,
    'plant/isthmus.ts': "import { make } from '../shared/make.ts'\nexport default make()",
  }
  for (const [name, text] of Object.entries(files)) {
    const path = join(scene.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const env = { ISTHMUS_DATA: '' }
  const running = scene.spawn(['start', 'plant'], env)
  await until(() => running.log('started').length === 1)
  const data = join(realpathSync(scene.folder), 'plant/.isthmus/plant')
  assert.equal(running.log('started')[0]?.data, data)
  const status = () => scene.run(['status', 'plant/isthmus.ts', '--json'], { env })
  assert.equal(JSON.parse((await status()).out).running, true)
  assert.equal(await running.stop(), 0)
  assert.equal(JSON.parse((await status()).out).store, data)
})

test('unknown commands, options and arguments end with 2 and say what is known', async t => {
  const scene = new Scene(t)
  const cases: [string[], RegExp][] = [
    [['nonsense'], /no command "nonsense"/],
    [['parked'], /parked list, parked show/],
    [['verify', '--nonsense'], /--nonsense.*\n.*Usage: isthmus verify/],
    [['trace'], /KEY is missing/],
    [['verify', 'a', 'b'], /"b" is too much/],
    [['parked', 'list', 'shop'], /"shop" is too much. A landscape is given as --landscape shop/],
  ]
  const finished = await Promise.all(cases.map(([args]) => scene.run(args)))
  for (const [n, { code, err }] of finished.entries()) {
    assert.equal(code, 2)
    assert.match(err, cases[n]?.[1] as RegExp)
  }
})

function saidBy({ out, err }: Finished): string {
  return out + err
}
