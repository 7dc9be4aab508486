import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { detectEncoding } from './detect-encoding.ts'
import { decodeText } from './encoding.ts'
import { type Namespaces, xmlNames } from './xml-names.ts'
import { propertyOf } from './xml-shape.ts'
import { readStrictly } from './xml-strict.ts'
import { SwiftReader } from './xml-swift.ts'
import { XmlTree } from './xml-tree.ts'

const schema = propertyOf({
  type: 'object',
  required: ['b'],
  properties: {
    b: { type: 'array', items: { type: 'number' } },
    c: { type: 'object' },
    '@x': { type: 'boolean' },
  },
})
const limits = { maxDepth: 20, maxNodes: 1000 }
const userNamespaces: Namespaces = { u: 'u:1', '': 'u:2' }

/** What one reader makes of a document, or 'refused'. */
function outcome(read: (tree: XmlTree) => void): unknown {
  const tree = new XmlTree(schema, limits, undefined)
  try {
    read(tree)
  } catch {
    return 'refused'
  }
  return { data: tree.data }
}

/** Whether the swift reader read the document; in any case, what it reads must be what the strict reader reads. */
function compare(document: string, namespaces: Namespaces, swift: SwiftReader): boolean {
  const swiftly = outcome(tree => swift.read(document, tree))
  if (swiftly === 'refused') return false
  assert.deepStrictEqual(
    swiftly,
    outcome(tree => readStrictly(document, tree, xmlNames(namespaces))),
    document,
  )
  return true
}

const tokens = [
  ...[
    '<a>',
    '</a>',
    '<a',
    '>',
    '/>',
    '<b>',
    '</b>',
    '<b/>',
    '<c>',
    '</c>',
    '<u:b>',
    '</u:b>',
    '<p:c/>',
    '<d a="1" b = "2">',
    '</d>',
  ],
  ...[
    ' x="1"',
    " x='2'",
    ' x="a>b"',
    ' y="&amp;\t"',
    ' u:x="1"',
    ' p:x="1"',
    ' xml:lang="de"',
    ' i:nil="true"',
    ' i:type="t"',
  ],
  ...[
    ' xmlns="u:1"',
    ' xmlns:u="u:1"',
    " xmlns:p='u:2'",
    ' xmlns:u=""',
    ' xmlns:xml="u:1"',
    ' z=" xmlns:q=\'u:3\'"',
    '<q:b/>',
  ],
  ...[
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance"',
    ' xmlns:x="http://www.w3.org/2000/xmlns/"',
    ' xmlns:x=" u:1"',
  ],
  ...[
    '1',
    ' ',
    '\n',
    '\r\n',
    '\t',
    'text',
    '中😀',
    '&lt;',
    '&#65;',
    '&#x1;',
    '&#xD;',
    '&#xD800;',
    '&#x110000;',
    '&x;',
    '&',
    ';',
  ],
  ...[
    ']]>',
    ']',
    '"',
    "'",
    '=',
    '\u0001',
    '\u0085',
    '\ufffe',
    '\u00a0',
    '<!--',
    '-->',
    '<!-- c -->',
    '<!---->',
    '--',
    '!',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<![CDATA[<x>&]]>',
    '<?p i?>',
    '<?xml version="1.0"?>',
    '<!DOCTYPE a>',
    '<__proto__/>',
    '<constructor/>',
  ],
]

test('the swift reader never reads what the strict one refuses, and never reads it differently', () => {
  const token = fc.constantFrom(...tokens)
  const soup = fc.array(token, { maxLength: 12 })
  const inRoot = soup.map(parts => `<a>${parts.join('')}</a>`)
  const declaring = fc
    .tuple(fc.array(fc.constantFrom(...tokens.filter(part => part.startsWith(' '))), { maxLength: 4 }), soup)
    .map(([attributes, parts]) => `<a${attributes.join('')}>${parts.join('')}</a>`)
  const document = fc.oneof(
    soup.map(parts => parts.join('')),
    inRoot,
    declaring,
  )
  for (const namespaces of [{}, userNamespaces]) {
    const swift = new SwiftReader(xmlNames(namespaces))
    fc.assert(
      fc.property(document, text => void compare(text, namespaces, swift)),
      { numRuns: 10_000 },
    )
  }
})

const element: fc.Arbitrary<string> = fc.letrec<{ element: string }>(tie => ({
  element: fc
    .tuple(
      fc.constantFrom('b', 'c', 'd', 'u:b', 'constructor'),
      fc.constantFrom('', '', ' x="1"', ' y=\'&amp;\' x="a"', ' u:z="2"', ' x="3"\n', ' x = "4"'),
      fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('', ' ', 'text', '12', '&lt;&#x4e2d;', '1<!-- c -->2', '<![CDATA[<]]>'),
        fc.array(tie('element'), { maxLength: 3 }).map(children => `\n  ${children.join('\n  ')}\n`),
      ),
    )
    .map(([name, attributes, content]) => `<${name}${attributes}>${content}</${name}>`),
})).element

test('one changed character, token or gap in a good document does not part the readers', () => {
  const swift = new SwiftReader(xmlNames())
  const document = element.map(
    inner => `<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns:u="u:1">\n${inner}\n</a>\n`,
  )
  const patch = fc.oneof(
    fc.constantFrom('', ' ', '\n', 'x', '1'),
    fc.constantFrom(...tokens, '<', '/', '\u0000'),
  )
  let read = 0
  fc.assert(
    fc.property(
      document,
      fc.noBias(fc.nat()),
      fc.constantFrom(0, 0, 1, 3),
      patch,
      (text, place, gone, put) => {
        const at = place % text.length
        if (compare(text.slice(0, at) + put + text.slice(at + gone), {}, swift)) read++
      },
    ),
    { numRuns: 20_000 },
  )
  assert.ok(read > 1000, `only ${read} documents were read swiftly`)
})

test('attributes and declarations that occur twice, or only seem to, do not part the readers', () => {
  const swift = new SwiftReader(xmlNames())
  const i = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
  const documents = [
    `<a ${i} i:type="x" i:type="y"/>`,
    `<a ${i} i:nil="false" i:nil="true"/>`,
    `<a xmlns:p="u:1" xmlns:p="u:1"/>`,
    `<a z=" xmlns:q='u:3'" xmlns:u="u:1" xmlns:u="u:1"/>`,
    `<a z=" xmlns:q='u:3'"><q:b/></a>`,
    `<a xmlns:p="u:1" xmlns:q="u:1" p:x="1" q:x="2"/>`,
    `<a xmlns:p="\u0001u:1"/>`,
    `<a z="1>2" xmlns:p="u:1"><p:b/></a>`,
  ]
  for (const document of documents) compare(document, {}, swift)
})

test('ordinary documents are read swiftly', () => {
  const swift = new SwiftReader(xmlNames())
  const documents = [
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n<a x="1">\r\n <b>1.5</b>\r\n <c/> <d>ä &amp; ö</d>\r\n</a>\r\n',
    '<a xmlns="u:1" xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:schemaLocation="u:1 a.xsd"><c i:nil="true"/></a>',
    '<s:a xmlns:s="u:soap" xmlns:p="u:1"><!-- one --><s:c><p:d><![CDATA[x<y]]></p:d></s:c></s:a>',
    `<订单><编号>${'长'.repeat(100_000)}</编号></订单>`,
  ]
  for (const document of documents) assert.ok(compare(document, {}, swift), document.slice(0, 100))
})

const corpus = process.env.ISTHMUS_CORPUS ?? ''

test('real documents are read alike by both readers', {
  skip: !existsSync(corpus) && 'ISTHMUS_CORPUS does not name the folder of sample data',
}, () => {
  const swift = new SwiftReader(xmlNames())
  const read: string[] = []
  for (const file of readdirSync(corpus, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(xml|xsd|wsdl)$/.test(file)) continue
    const bytes = readFileSync(join(corpus, file))
    if (compare(decodeText(bytes, detectEncoding(bytes) ?? 'utf-8'), {}, swift)) read.push(file)
  }
  assert.ok(read.length > 20, `only ${read.length} documents were read swiftly`)
})
