import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { IsthmusError } from '../../errors.ts'
import { encodeText } from './encode-text.ts'
import { type JsonOptions, json } from './json.ts'
import { parseExactly } from './json-exact.ts'

function decode(text: string, options?: JsonOptions): unknown {
  return json(options).decode(Buffer.from(text))
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

test('numbers that JavaScript cannot hold keep their digits as text, all others are numbers', () => {
  const text =
    '{"big":9007199254740993,"long":0.1234567890123456789,"huge":1e400,"tiny":-1e-400,"list":[12345678901234567890]}'
  assert.deepEqual(decode(text), {
    big: '9007199254740993',
    long: '0.1234567890123456789',
    huge: '1e400',
    tiny: '-1e-400',
    list: ['12345678901234567890'],
  })
  assert.deepEqual(
    decode('[0.1,1.10,1e3,-0,9007199254740992,0.30000000000000004]'),
    [0.1, 1.1, 1000, -0, 9007199254740992, 0.30000000000000004],
  )
})

test('no number is ever altered: its digits are in the number or in the text', () => {
  const digits = fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?$/)
  fc.assert(
    fc.property(digits, number => {
      const value = decode(`{"n":${number}}`) as { n: unknown }
      if (typeof value.n === 'string') assert.equal(value.n, number)
      else assert.ok(Object.is(value.n, Number(number)) && decode(String(value.n)) !== String(value.n))
    }),
    { numRuns: 2000 },
  )
})

const refused: readonly [string, string, RegExp][] = [
  ['a name twice', '{"a":1,\n "b":{"c":1,"c":2}}', /line 2, column 13: the name "c" occurs twice/],
  ['a name twice, once escaped', '{"a":1,"\\u0061":2}', /the name "a" occurs twice/],
  ['__proto__', '{"a":{"__proto__":{"polluted":1}}}', /line 1, column 7: the name __proto__/],
  ['__proto__, escaped', '{"\\u005f_proto__":1}', /the name __proto__/],
  ['NaN', '{"a":NaN}', /line 1, column 6: no value begins here/],
  ['Infinity', '[-Infinity]', /no value begins here/],
  ['a comment', '{"a":1 /* x */}', /a comma or } is expected/],
  ['a trailing comma', '[1,2,]', /no value begins here/],
  ['single quotes', "{'a':1}", /property name in quotes/],
  ['a leading zero', '[01]', /a comma or ] is expected/],
  ['a plus sign', '[+1]', /no value begins here/],
  ['an open string', '{"a":"b', /column 6: a string is not closed/],
  ['a raw line break in a string', '"a\nb"', /control character/],
  ['an unknown escape', '["\\x41"]', /escape that JSON does not know/],
  ['half of a surrogate pair', '["a\\ud83d"]', /half of a surrogate pair/],
  ['half of a surrogate pair in a name', '{"\\uDE00":1}', /half of a surrogate pair/],
  ['two values', '{} {}', /text behind the end/],
  ['nothing', '', /it ends early/],
  ['space', '  \n', /line 2, column 1: it ends early/],
  ['an open object', '{"a":1', /a comma or } is expected/],
  ['a missing colon', '{"a" 1}', /a colon is expected/],
]

for (const [what, text, message] of refused) {
  test(`${what} is refused, with its place`, () => {
    const error = refusalOf(() => decode(text))
    assert.equal(error.code, 'MSG-DECODE')
    assert.match(error.message, message)
    assert.ok(Number.isInteger(error.detail.line) && Number.isInteger(error.detail.column))
  })
}

test('the quick way and the exact way accept and refuse the same and say the same', () => {
  const token = fc.constantFrom(
    ...'{ } [ ] : , "a" "b" "a\\"b" "\\u0061" "__proto__" "constructor" "toString" "1" 1 -0 0.5 1e5 1e400 9007199254740993'.split(
      ' ',
    ),
    ...[
      'true',
      'null',
      'x',
      '"',
      '\\',
      ' ',
      '\n',
      '"\\ud800"',
      '"\\ud83d\\ude00"',
      '"中"',
      '1234567890.12345',
      '-',
    ],
  )
  const valid = fc.json({ maxDepth: 4 })
  const patched = fc
    .tuple(valid, fc.nat(), fc.nat({ max: 3 }), token)
    .map(
      ([text, at, gone, put]) =>
        text.slice(0, at % text.length) + put + text.slice((at % text.length) + gone),
    )
  const anything = fc.oneof(
    fc.array(token).map(tokens => tokens.join('')),
    valid,
    patched,
  )
  fc.assert(
    fc.property(anything, text => {
      const outcome = (work: () => unknown) => {
        try {
          return work()
        } catch (error) {
          return error
        }
      }
      const expected = outcome(() => parseExactly(text, 100))
      assert.deepStrictEqual(
        outcome(() => decode(text)),
        expected,
      )
      const native = outcome(() => JSON.parse(text))
      if (native instanceof SyntaxError) assert.ok(expected instanceof IsthmusError)
    }),
    { numRuns: 5000 },
  )
})

test('what JSON.parse reads without loss is read alike', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = JSON.stringify(value)
      if (!text.includes('"__proto__"')) assert.deepStrictEqual(decode(text), JSON.parse(text))
    }),
  )
})

test('data comes back as it was written, -0 included', () => {
  const codec = json()
  const data = fc
    .jsonValue({ noUnicodeString: false })
    .filter(value => !JSON.stringify(value).includes('"__proto__"'))
  fc.assert(fc.property(data, value => assert.deepStrictEqual(codec.decode(codec.encode(value)), value)))
  assert.ok(Object.is((codec.decode(codec.encode({ a: -0 })) as { a: number }).a, -0))
})

test('a bigint is written as digits, and read as the text of these digits', () => {
  const body = json().encode({ total: 12345678901234567890n })
  assert.equal(String(Buffer.from(body)), '{"total":12345678901234567890}')
  assert.deepEqual(json().decode(body), { total: '12345678901234567890' })
})

const unwritable: readonly [string, unknown, RegExp][] = [
  ['NaN', { a: [1, Number.NaN] }, /NaN at "data\/a\/1"/],
  ['Infinity', Number.POSITIVE_INFINITY, /Infinity at "data"/],
  ['undefined in a list', [undefined], /undefined at "data\/0"/],
  ['nothing at all', undefined, /undefined at "data"/],
  ['a date', { at: new Date(0) }, /an instance of Date at "data\/at"/],
  ['a map', { m: new Map() }, /an instance of Map/],
  ['a function', { f: () => 1 }, /function at "data\/f"/],
  ['half of a surrogate pair', ['a\ud800'], /half of a surrogate pair at "data\/0"/],
  ['__proto__', JSON.parse('{"__proto__":1}'), /a property of this name at "data\/__proto__"/],
]

for (const [what, data, message] of unwritable) {
  test(`${what} is not written as something else`, () => {
    const error = refusalOf(() => json().encode(data))
    assert.equal(error.code, 'MSG-ENCODE')
    assert.match(error.message, message)
  })
}

test('depth is limited both ways, far below what would exhaust the stack', () => {
  const nested = '['.repeat(100_000)
  assert.equal(refusalOf(() => decode(nested)).code, 'MSG-LIMIT')
  assert.equal(refusalOf(() => decode(nested + ']'.repeat(100_000))).code, 'MSG-LIMIT')
  assert.equal(refusalOf(() => decode('{"a":'.repeat(100_000))).code, 'MSG-LIMIT')
  assert.deepEqual(decode('[[["[[[["]]]', { maxDepth: 3 }), [[['[[[[']]])
  const tooDeep = refusalOf(() => decode('[[[\n[1e400]]]]', { maxDepth: 3 }))
  assert.equal(tooDeep.code, 'MSG-LIMIT')
  assert.match(tooDeep.message, /line 2, column \d/)
  const cycle: unknown[] = []
  cycle.push(cycle)
  assert.equal(refusalOf(() => json().encode(cycle)).code, 'MSG-LIMIT')
  assert.equal(refusalOf(() => json({ maxDepth: 100_000 })).code, 'CONFIG-INVALID')
})

test('a million fields are read, and a hundred thousand of which one needs the exact way', () => {
  const fields = (count: number) => Array.from({ length: count }, (_, index) => `"f${index}":${index}`).join()
  const plain = decode(`{${fields(1_000_000)}}`) as Record<string, number>
  assert.equal(plain.f999999, 999_999)
  const exact = decode(`{${fields(100_000)},"n":1e400}`) as Record<string, unknown>
  assert.deepEqual([exact.f99999, exact.n], [99_999, '1e400'])
})

test('other encodings and byte order marks are read; undecodable bytes are refused', () => {
  assert.deepEqual(json().decode(encodeText('\ufeff{"a":"中"}', 'utf-8')), { a: '中' })
  const gbk = json({ encoding: 'gbk' })
  assert.deepEqual(gbk.decode(encodeText('{"名称":"螺栓","n":9007199254740993}', 'gbk')), {
    名称: '螺栓',
    n: '9007199254740993',
  })
  assert.deepEqual(gbk.decode(gbk.encode({ 名称: '垫圈' })), { 名称: '垫圈' })
  assert.equal(refusalOf(() => gbk.encode('😀')).code, 'MSG-ENCODE')
  const error = refusalOf(() => json().decode(encodeText('{"a":"中"}', 'gbk')))
  assert.deepEqual([error.code, error.detail.offset], ['MSG-DECODE', 6])
})
