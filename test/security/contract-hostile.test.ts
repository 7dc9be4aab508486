import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseSync } from 'oxc-parser'
import { readAsyncApi } from '../../src/contract/asyncapi/read.ts'
import type { Contract, ContractDocument, ContractReader } from '../../src/contract/contract.ts'
import { readOpenApi } from '../../src/contract/openapi/read.ts'
import { Evidence } from '../../src/contract/sample/evidence.ts'
import { inferred } from '../../src/contract/sample/infer.ts'
import { soundContract } from '../../src/contract/sound-contract.ts'
import { marked } from '../../src/contract/written.ts'
import { IsthmusError } from '../../src/errors.ts'
import { modelsOf, moduleOf, Project } from '../integration/contract-harness.ts'

/** Parts of texts that try to leave the comment, literal, template or name that they are put into. */
const breakouts = [
  '*/ pwned() /*',
  '\n pwned()\n//',
  '\r pwned()',
  '\u2028pwned()//',
  '\u2029pwned()//',
  "'+pwned()+'",
  '"+pwned()+"',
  '`+pwned()+`',
  '$' + '{pwned()}',
  '\\',
  "\\'",
  '\\`',
  '\\$' + '{pwned()}',
  '$',
  '{',
  '}',
  '`',
  "'",
  '"',
  '*/',
  '/*',
  '//',
  '__proto__',
  'constructor',
  'toString',
  '@ts-nocheck',
  '@ts-ignore',
  '//# sourceMappingURL=data:,',
  '\u202e',
  '\0',
  '\ud800',
  '</script>',
  '] })',
  ') => pwned()',
  'await',
  'default',
  'Type',
  'model',
  'system',
  'data',
  'item',
]
const text = fc.oneof(
  fc
    .array(fc.oneof(fc.constantFrom(...breakouts), fc.string({ unit: 'grapheme', maxLength: 6 })), {
      maxLength: 5,
    })
    .map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 12 }),
)

const { schema } = fc.letrec<{ schema: object }>(tie => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record(
      {
        type: fc.constantFrom('string', 'number', 'integer', 'boolean', 'null', 'nonsense'),
        description: text,
        pattern: text,
        format: text,
        default: fc.oneof(
          text,
          fc.json().map(json => JSON.parse(json)),
        ),
      },
      { requiredKeys: [] },
    ),
    fc.record(
      {
        enum: fc.array(
          fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.dictionary(text, text)),
          { maxLength: 4 },
        ),
        title: text,
        nullable: fc.boolean(),
      },
      { requiredKeys: ['enum'] },
    ),
    fc.record({ const: fc.oneof(text, fc.dictionary(text, text)) }),
    fc.record({ $ref: text.map(name => `#/components/schemas/${name}`) }),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(text, tie('schema'), { maxKeys: 4 }),
        required: fc.array(text, { maxLength: 3 }),
        additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
        description: text,
      },
      { requiredKeys: ['properties'] },
    ),
    fc.record(
      { type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(9) },
      { requiredKeys: ['items'] },
    ),
    fc.record(
      { allOf: fc.array(tie('schema'), { maxLength: 3 }), not: tie('schema') },
      { requiredKeys: ['allOf'] },
    ),
    fc.record(
      { anyOf: fc.array(tie('schema'), { maxLength: 3 }), nullable: fc.boolean() },
      { requiredKeys: ['anyOf'] },
    ),
    fc.record({
      if: tie('schema'),
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: tie('schema'),
      prefixItems: fc.array(tie('schema'), { maxLength: 2 }),
    }),
  ),
}))

const parameter = fc.record(
  {
    name: text,
    in: fc.constantFrom('path', 'query', 'header', 'cookie'),
    required: fc.boolean(),
    description: text,
    explode: fc.boolean(),
    schema,
  },
  { requiredKeys: ['name', 'in', 'schema'] },
)
const operation = fc.record(
  {
    operationId: text,
    summary: text,
    description: text,
    parameters: fc.array(parameter, { maxLength: 4 }),
    requestBody: fc.record({
      content: fc.dictionary(
        fc.constantFrom('application/json', 'multipart/form-data', 'text/plain'),
        fc.record({ schema }),
        { maxKeys: 2 },
      ),
    }),
    responses: fc.dictionary(
      fc.constantFrom('200', '204', 'default'),
      fc.record({
        content: fc.dictionary(fc.constantFrom('application/json', 'text/plain'), fc.record({ schema })),
      }),
    ),
  },
  { requiredKeys: ['responses'] },
)
const openApi = fc.record({
  openapi: fc.constantFrom('3.0.0', '3.1.0'),
  info: fc.record({ title: text, version: text }),
  servers: fc.array(
    fc.record({
      url: fc.oneof(
        text,
        text.map(part => `https://x/${part}`),
      ),
    }),
    { maxLength: 1 },
  ),
  paths: fc.dictionary(
    text.map(part => `/${part}`),
    fc.dictionary(fc.constantFrom('get', 'post', 'put', 'delete'), operation, { maxKeys: 2 }),
    { maxKeys: 3 },
  ),
  webhooks: fc.dictionary(text, fc.record({ post: operation }), { maxKeys: 1 }),
  components: fc.record({
    schemas: fc.dictionary(text, schema, { maxKeys: 4 }),
    securitySchemes: fc.dictionary(
      text,
      fc.record({
        type: fc.constantFrom('apiKey', 'http', 'oauth2'),
        in: fc.constantFrom('header', 'query'),
        name: text,
        scheme: fc.constantFrom('basic', 'bearer'),
      }),
      { maxKeys: 1 },
    ),
  }),
})

function documentOf(value: unknown): ContractDocument {
  const load = async (name: string): Promise<ContractDocument> => {
    throw new IsthmusError('CONTRACT-REFERENCE', `${name} is not there`)
  }
  return { location: 'hostile.json', body: Buffer.from(JSON.stringify(value)), load }
}

async function contractOf(reader: ContractReader, value: unknown): Promise<Contract | undefined> {
  try {
    return soundContract(await reader(documentOf(value), 'shop'), 'hostile.json')
  } catch (error) {
    assert.ok(error instanceof IsthmusError && error.code.startsWith('CONTRACT-'), String(error))
    return undefined
  }
}

interface Node {
  readonly type: string
  readonly [name: string]: unknown
}

function* nodesIn(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodesIn(item)
  else if (typeof value === 'object' && value !== null) {
    if (typeof (value as Node).type === 'string') yield value as Node
    for (const inner of Object.values(value)) yield* nodesIn(inner)
  }
}

/** Functions that a module of ours may call, by the last name; nothing else, and no statement but imports and constants. */
const callees =
  /^(?:model|system|rest|env|secret|basic|bearer|apiKey|oauth2|hmac|delimited|form|multipart|operation|webhook|encodeURIComponent|stringify|join|String|Number|Integer|Boolean|Null|Literal|Enum|Union|Intersect|Object|Array|Record|Optional|Unknown|Never|Unsafe|Ref|Cyclic)$/

function checkCode(module: string): void {
  const { program, errors } = parseSync('shop.ts', module)
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
    module,
  )
  for (const statement of program.body)
    assert.match(statement.type, /^(?:ImportDeclaration|ExportNamedDeclaration|VariableDeclaration)$/)
  for (const node of nodesIn(program.body)) {
    if (node.type === 'CallExpression') assert.match(calleeName(node), callees, module)
    assert.doesNotMatch(
      node.type,
      /^(?:NewExpression|TaggedTemplate|AwaitExpression|AssignmentExpression|ImportExpression|Function)/,
    )
  }
  const comments = module
    .split('\n')
    .filter(line => /^\s*(?:\/\/|\/?\*)/.test(line))
    .join('\n')
  assert.doesNotMatch(comments, /@ts-|sourceMappingURL=\S|[\u202a-\u202e\u2066-\u2069]/)
}

function calleeName({ callee }: Node): string {
  const { name, property } = callee as { name?: string; property?: { name?: string } }
  return name ?? property?.name ?? '?'
}

test('no text of an OpenAPI document becomes code', async () => {
  await fc.assert(
    fc.asyncProperty(openApi, async document => {
      const contract = await contractOf(readOpenApi, document)
      if (contract) checkCode(marked(moduleOf(contract)))
    }),
    { numRuns: 400 },
  )
})

test('modules of hostile documents load, and every model compiles', async t => {
  const project = new Project(t)
  const documents = fc.sample(openApi, { numRuns: 60, seed: 7 })
  for (const [index, document] of documents.entries()) {
    const contract = await contractOf(readOpenApi, document)
    if (!contract) continue
    project.write(`shop${index}.ts`, moduleOf(contract))
    const module = await project.load(`shop${index}.ts`)
    assert.equal(Object.keys(modelsOf(module)).length, contract.models.length)
  }
  assert.equal(await project.typeCheck(), '')
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('no text of an AsyncAPI document or of samples becomes code', async () => {
  const message = fc.record({ name: text, title: text, summary: text, payload: schema })
  const asyncApi = fc.record({
    asyncapi: fc.constant('3.0.0'),
    info: fc.record({ title: text, version: text }),
    channels: fc.dictionary(
      text,
      fc.record({ address: text, messages: fc.dictionary(text, message, { maxKeys: 2 }) }),
      { maxKeys: 2 },
    ),
  })
  const samples = fc.array(fc.jsonValue({ maxDepth: 4 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(asyncApi, samples, fc.dictionary(text, text), async (document, values, extra) => {
      const contract = await contractOf(readAsyncApi, document)
      if (contract) checkCode(moduleOf(contract))
      const evidence = new Evidence()
      for (const value of [...values, extra]) evidence.add(value)
      const model = { name: 'Sample', schema: inferred(evidence), origin: 'samples' }
      const inferredContract: Contract = {
        format: 'sample',
        title: 's',
        models: [model],
        channels: [],
        counts: {},
        problems: [],
      }
      checkCode(moduleOf(soundContract(inferredContract, 'samples')))
    }),
    { numRuns: 300 },
  )
})

test('documents that would take for ever are refused or cut', async () => {
  const nested = (levels: number) => {
    let deep: object = { type: 'string' }
    for (let level = 0; level < levels; level++) deep = { type: 'array', items: deep }
    return { openapi: '3.1.0', info: {}, components: { schemas: { Deep: deep } } }
  }
  await assert.rejects(readOpenApi(documentOf(nested(300)), 'shop'), { code: 'CONTRACT-UNREADABLE' })
  const chain = Object.fromEntries(
    Array.from({ length: 3000 }, (_, n) => [`S${n}`, { $ref: `#/components/schemas/S${n + 1}` }]),
  )
  const contract = await contractOf(readOpenApi, {
    openapi: '3.1.0',
    info: {},
    components: { schemas: chain },
  })
  assert.equal(contract?.models.length, 3000)
  // Each holds the one before it twice: written out, it would be 2 to the power of 40.
  const doubling = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => {
      const inner = n === 0 ? { type: 'string' } : { $ref: `#/components/schemas/D${n - 1}` }
      return [`D${n}`, { type: 'object', properties: { a: inner, b: inner } }]
    }),
  )
  const doubled = await contractOf(readOpenApi, {
    openapi: '3.1.0',
    info: {},
    components: { schemas: doubling },
  })
  assert.ok(doubled && moduleOf(doubled).length < 50_000)
})

test('aliases of YAML that multiply are refused', async () => {
  const lines = ['openapi: 3.1.0', 'a0: &a0 [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 12; level++)
    lines.push(
      `a${level}: &a${level} [${Array(9)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    )
  const bomb = { ...documentOf({}), body: Buffer.from(lines.join('\n')) }
  await assert.rejects(readOpenApi(bomb, 'shop'), { code: 'CONTRACT-UNREADABLE' })
})

test('a document cannot reach files outside of its folder', async t => {
  const project = new Project(t)
  project.write('secret.json', '{"type":"string","description":"secret"}')
  const { openDocument } = await import('../../src/contract/open-document.ts')
  for (const reference of [
    '../secret.json',
    '..%2Fsecret.json',
    join(project.folder, 'secret.json'),
    'file:///etc/passwd',
  ]) {
    const path = project.write(
      'api/doc.json',
      JSON.stringify({ openapi: '3.1.0', info: {}, components: { schemas: { A: { $ref: reference } } } }),
    )
    await assert.rejects(readOpenApi(await openDocument(path), 'shop'), { code: 'CONTRACT-REFERENCE' })
  }
})
