import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { encodeText } from './encode-text.ts'
import { type XmlOptions, xml } from './xml.ts'
import { noXmlCharacter } from './xml-characters.ts'

function decode(text: string, options?: XmlOptions): unknown {
  return xml(options).decode(Buffer.from(text))
}

function encode(data: unknown, options: XmlOptions = {}): string {
  const text = Buffer.from(xml({ root: 'a', ...options }).encode(data)).toString()
  return text.replace('<?xml version="1.0" encoding="UTF-8"?>\n', '')
}

function refusalOf(work: () => unknown): IsthmusError {
  try {
    work()
  } catch (error) {
    assert.ok(error instanceof IsthmusError, String(error))
    return error
  }
  assert.fail('nothing was refused')
}

const text = { type: 'string' }
const orderSchema = {
  type: 'object',
  required: ['Header', 'Lines'],
  properties: {
    Header: { type: 'object', properties: { OrderId: text, Urgent: { type: 'boolean' }, Note: text } },
    Lines: {
      type: 'object',
      required: ['Line'],
      properties: {
        Line: {
          type: 'array',
          items: {
            type: 'object',
            properties: { '@no': { type: 'integer' }, Sku: text, Qty: { type: 'number' } },
          },
        },
      },
    },
  },
}

const conventions: readonly [string, string, unknown][] = [
  ['a leaf is its text', '<a><b>x y</b></a>', { b: 'x y' }],
  ['space in a leaf is kept', '<a><b> x\n</b><c>  </c></a>', { b: ' x\n', c: '  ' }],
  ['space between elements is no text', '<a>\n  <b>x</b>\n</a>', { b: 'x' }],
  ['attributes have an @', '<a x="1"><b y="2"/></a>', { '@x': '1', b: { '@y': '2' } }],
  ['text beside attributes is #text', '<a x="1">t</a>', { '@x': '1', '#text': 't' }],
  ['text beside elements is #text', '<a>one <b>x</b> two</a>', { '#text': 'one  two', b: 'x' }],
  ['a repeated element is a list', '<a><b>1</b><c/><b>2</b></a>', { b: ['1', '2'], c: '' }],
  [
    'a repeated complex element is a list',
    '<a><b><c>1</c></b><b d="2"/></a>',
    { b: [{ c: '1' }, { '@d': '2' }] },
  ],
  ['an empty document is an empty text', '<a/>', ''],
  ['CDATA is text', '<a><b>1 <![CDATA[<&>]]> 2</b></a>', { b: '1 <&> 2' }],
  ['comments are nothing', '<!-- x --><a><!-- y --><b>1<!-- z -->2</b></a><!-- -->', { b: '12' }],
  ['processing instructions are nothing', '<?p i?><a><b>1<?p i?>2</b></a>', { b: '12' }],
  [
    'entities and references are characters',
    '<a b="&quot;&#10;">&lt;&#x4E2D;&amp;&#128512;</a>',
    { '@b': '"\n', '#text': '<中&😀' },
  ],
  ['line ends are LF', '<a><b>1\r\n2\r3&#13;</b></a>', { b: '1\n2\n3\r' }],
  ['line ends in attributes are spaces', '<a b="1\n2\t3"/>', { '@b': '1 2 3' }],
  ['prefixes are dropped', '<p:a xmlns:p="u:1"><p:b p:c="1" d="2"/></p:a>', { b: { '@c': '1', '@d': '2' } }],
  [
    'xsi attributes are no data',
    `<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:type="T"><b i:nil="true"/></a>`,
    { b: null },
  ],
  ['Chinese names are names', '<订单><编号>1</编号></订单>', { 编号: '1' }],
  [
    'names of methods are names',
    '<a><constructor>1</constructor><toString x="2"/></a>',
    { constructor: '1', toString: { '@x': '2' } },
  ],
]

for (const [what, document, data] of conventions) {
  test(`convention: ${what}`, () => assert.deepStrictEqual(decode(document), data))
}

test('the schema decides what is a list, a number, a boolean and an empty object', () => {
  const read = (body: string) => decode(`<Order>${body}</Order>`, { root: 'Order', schema: orderSchema })
  assert.deepStrictEqual(
    read(
      '<Header><OrderId>007</OrderId><Urgent>1</Urgent><Note/></Header><Lines><Line no="1"><Sku>5</Sku><Qty> 2.50 </Qty></Line></Lines>',
    ),
    {
      Header: { OrderId: '007', Urgent: true, Note: '' },
      Lines: { Line: [{ '@no': 1, Sku: '5', Qty: 2.5 }] },
    },
  )
  assert.deepStrictEqual(read('<Header/><Lines/>'), { Header: {}, Lines: { Line: [] } })
  assert.deepStrictEqual(read('<Header>\n</Header><Lines>\n</Lines>'), { Header: {}, Lines: { Line: [] } })
})

test('text that is no exact number or boolean stays text, so that validation refuses it', () => {
  const schema = { properties: { n: { type: 'number' }, b: { type: 'boolean' } } }
  for (const value of [
    '9007199254740993',
    '1e400',
    '1,5',
    'NaN',
    'INF',
    '',
    '0x10',
    '１',
    '1 2',
    '\u00a05',
  ]) {
    assert.deepStrictEqual(decode(`<a><n>${value}</n></a>`, { schema }), { n: value })
  }
  assert.deepStrictEqual(decode('<a><b>yes</b></a>', { schema }), { b: 'yes' })
  assert.deepStrictEqual(decode('<a><n>-1.5e3</n><b> false </b></a>', { schema }), { n: -1500, b: false })
})

test('the same document under other prefixes gives the same data', () => {
  const one = '<Order xmlns="u:o" xmlns:c="u:c"><c:Id>1</c:Id><Line><c:Qty u="KG">2</c:Qty></Line></Order>'
  const two =
    '<x:Order xmlns:x="u:o"><y:Id xmlns:y="u:c">1</y:Id><x:Line><Qty xmlns="u:c" u="KG">2</Qty></x:Line></x:Order>'
  const namespaces = { '': 'u:o', cbc: 'u:c' }
  for (const options of [{ root: 'Order' }, { root: 'Order', namespaces }]) {
    assert.deepStrictEqual(decode(two, options), decode(one, options))
  }
  assert.deepStrictEqual(decode(one, { namespaces }), {
    'cbc:Id': '1',
    Line: { 'cbc:Qty': { '@u': 'KG', '#text': '2' } },
  })
})

test('elements of one name and two namespaces are not mixed into one list', () => {
  for (const document of [
    '<a xmlns:p="u:1" xmlns:q="u:2"><p:id>1</p:id><q:id>2</q:id></a>',
    '<a><id>1</id><id xmlns="u:2">2</id></a>',
  ]) {
    assert.match(
      refusalOf(() => decode(document)).message,
      /line 1, column \d+: "id" occurs in two namespaces/,
    )
  }
  const namespaces = { p: 'u:1', q: 'u:2' }
  assert.deepStrictEqual(
    decode('<a xmlns:x="u:1" xmlns:q="u:2"><x:id>1</x:id><q:id>2</q:id></a>', { namespaces }),
    {
      'p:id': '1',
      'q:id': '2',
    },
  )
})

const refused: readonly [string, string, RegExp][] = [
  ['an open element', '<a>\n<b></a>', /line 2, column \d+: .*close/],
  ['no root', '  ', /must contain a root element/],
  ['two roots', '<a/><b/>', /malformed XML, line 1/],
  ['text behind the root', '<a/>x', /outside of root/],
  ['an attribute twice', '<a x="1" x="2"/>', /duplicate attribute/],
  ['an attribute twice by prefix', '<a xmlns:p="u:1" xmlns:q="u:1" p:x="1" q:x="2"/>', /duplicate attribute/],
  ['an attribute without quotes', '<a x=1/>', /unquoted attribute/],
  ['attributes without space', '<a x="1"y="2"/>', /no whitespace between attributes/],
  ['an entity of HTML', '<a>&nbsp;</a>', /undefined entity/],
  ['a bare ampersand', '<a>a & b</a>', /unclosed tag/],
  ['< in an attribute', '<a x="<"/>', /disallowed character/],
  [']]> in text', '<a>]]></a>', /]]>/],
  ['a control character', '<a>\u0001</a>', /disallowed character/],
  ['a reference to a control character', '<a>&#1;</a>', /malformed character entity/],
  ['an unbound prefix', '<p:a/>', /unbound namespace prefix/],
  ['__proto__', '<a><__proto__><polluted>1</polluted></__proto__></a>', /the name __proto__/],
  ['-- in a comment', '<a><!-- -- --></a>', /malformed comment/],
  ['a declaration behind space', ' <?xml version="1.0"?><a/>', /xml declaration/i],
  ['another root than expected', '<b/>', /root element is "b" where "a" is expected/],
]

for (const [what, document, message] of refused) {
  test(`${what} is refused, with its place`, () => {
    const error = refusalOf(() => decode(document, { root: 'a' }))
    assert.equal(error.code, 'MSG-DECODE')
    assert.match(error.message, message)
    assert.ok(Number.isInteger(error.detail.line) && Number.isInteger(error.detail.column))
  })
}

test('the encoding is the one of the byte order mark, else of the declaration, else UTF-8', () => {
  const read = (document: string, encoding: Parameters<typeof encodeText>[1]) =>
    xml().decode(encodeText(document, encoding))
  const declared = (label: string) => `<?xml version="1.0" encoding="${label}"?><a>中é</a>`
  assert.equal(read(declared('gb18030'), 'gb18030'), '中é')
  assert.equal(read(declared('GB2312'), 'gbk'), '中é')
  assert.equal(read(declared('UTF-16'), 'utf-16le'), '中é')
  assert.equal(read(declared('UTF-16BE'), 'utf-16be'), '中é')
  assert.equal(read(`\ufeff${declared('UTF-16')}`, 'utf-16be'), '中é')
  assert.equal(read(`\ufeff${declared('gbk')}`, 'utf-8'), '中é')
  assert.equal(read('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>', 'windows-1252'), 'é')
  assert.equal(read('<a>中é</a>', 'utf-8'), '中é')
})

test('bytes that contradict the declaration are refused', () => {
  const bytes = (label: string) => encodeText(`<?xml version="1.0" encoding="${label}"?><a>中文</a>`, 'gbk')
  assert.equal(refusalOf(() => xml().decode(bytes('UTF-8'))).detail.offset, 41)
  assert.match(refusalOf(() => xml().decode(bytes('UTF-16'))).message, /not what its bytes are/)
  assert.match(
    refusalOf(() => xml().decode(bytes('Shift_JIS'))).message,
    /"Shift_JIS", which is not supported/,
  )
})

test('data is written by the same convention', () => {
  const data = {
    '@no': 1,
    Name: 'a<b>&"c"\r',
    Empty: '',
    List: [1, -0, 2n],
    None: null,
    Yes: true,
    Nested: { '#text': 'x', '@u': '"\n' },
    Gone: undefined,
  }
  assert.equal(
    encode(data),
    '<a no="1"><Name>a&lt;b&gt;&amp;"c"&#13;</Name><Empty/><List>1</List><List>-0</List><List>2</List>' +
      '<None xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"/><Yes>true</Yes>' +
      '<Nested u="&quot;&#10;">x</Nested></a>',
  )
  assert.equal(
    encode({ 'p:b': 1 }, { root: 'p:a', namespaces: { p: 'u:1' } }),
    '<p:a xmlns:p="u:1"><p:b>1</p:b></p:a>',
  )
  const wide = xml({ root: 'a', encoding: 'utf-16le' }).encode('中')
  assert.deepEqual([wide[0], wide[1]], [0xff, 0xfe])
  assert.equal(xml().decode(wide), '中')
  assert.equal(xml().decode(xml({ root: 'a', encoding: 'gbk' }).encode('中€')), '中€')
})

const unwritable: readonly [string, unknown, RegExp][] = [
  ['a control character', { b: 'x\u0000' }, /U\+0000 cannot stand in XML/],
  ['a name with a space', { 'b c': 1 }, /"b c" is no name/],
  ['a name that opens a tag', { 'b><c': 1 }, /is no name/],
  ['an empty name', { '': 1 }, /is no name/],
  ['a name that declares a namespace', { '@xmlns': 'u:1' }, /is no name/],
  ['an undeclared prefix', { 'p:b': 1 }, /prefix of "p:b"/],
  ['a list of lists', { b: [[1]] }, /list "b"/],
  ['a list as the document', [1], /list "a"/],
  ['a nested attribute', { '@b': { c: 1 } }, /"b" must be a text/],
  ['NaN', { b: Number.NaN }, /NaN at "data\/b"/],
]

for (const [what, data, message] of unwritable) {
  test(`${what} is not written`, () => {
    const error = refusalOf(() => encode(data))
    assert.equal(error.code, 'MSG-ENCODE')
    assert.match(error.message, message)
  })
}

test('data comes back as it was written, for any data of a schema', () => {
  const line = {
    type: 'object',
    properties: { '@no': { type: 'integer' }, '#text': text, Sub: { type: 'array', items: text } },
  }
  const schema = {
    type: 'object',
    required: ['lines'],
    properties: {
      lines: { type: 'array', items: line },
      n: { type: ['number', 'null'] },
      b: { type: 'boolean' },
      t: text,
      o: { type: 'object', properties: { '@t': text } },
    },
  }
  const anyText = fc.string({ unit: 'binary' }).filter(value => !noXmlCharacter.test(value))
  const ink = anyText.filter(value => /[^ \t\n\r]/.test(value))
  const finite = fc.double({ noNaN: true, noDefaultInfinity: true })
  const data = fc.record(
    {
      lines: fc.array(
        fc.record(
          { '@no': fc.integer(), '#text': ink, Sub: fc.array(anyText, { minLength: 1 }) },
          { requiredKeys: [], noNullPrototype: true },
        ),
      ),
      n: fc.option(finite),
      b: fc.boolean(),
      t: anyText,
      o: fc.record({ '@t': anyText }, { requiredKeys: [], noNullPrototype: true }),
    },
    { requiredKeys: ['lines'], noNullPrototype: true },
  )
  const codec = xml({ root: 'data', schema })
  fc.assert(
    fc.property(data, value => assert.deepEqual(codec.decode(codec.encode(value)), value)),
    { numRuns: 500 },
  )
})

const corpus = process.env.ISTHMUS_CORPUS ?? ''

test('real documents: one invoice under two sets of prefixes, a manufacturing message, records', {
  skip: !existsSync(corpus) && 'ISTHMUS_CORPUS does not name the folder of sample data',
}, () => {
  const read = (file: string) => xml().decode(readFileSync(join(corpus, file))) as Record<string, unknown>
  const invoice = read('ubl/UBL-Invoice-2.0-Example-NS1.xml')
  assert.deepStrictEqual(read('ubl/UBL-Invoice-2.0-Example-NS2.xml'), invoice)
  assert.ok(typeof invoice.ID === 'string' && invoice.InvoiceLine !== undefined)
  assert.ok(Array.isArray(read('files/xml-sample-format-1.xml').book))
  for (const file of readdirSync(join(corpus, 'ubl')))
    assert.ok(Object.keys(read(join('ubl', file))).length > 3, file)
})
