import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { json, list, parameterOf, render, type SqlText, sqlText } from './sql-text.ts'

const shown = (piece: SqlText) => render(piece, 1, position => `$${position}`)

describe('sqlText', () => {
  it('keeps values out of the text', () => {
    const piece = sqlText`select * from t where a = ${"'; drop table t; --"} and b = ${5}`
    assert.equal(shown(piece), 'select * from t where a = $1 and b = $2')
    assert.deepEqual(piece.values, ["'; drop table t; --", 5])
  })

  it('holds pieces in pieces, in their order', () => {
    const condition = sqlText`a = ${1} or b = ${2}`
    const piece = sqlText`select ${0} where (${condition}) and c in (${list([3, 4])}) and ${sqlText`true`} = ${5}`
    assert.equal(shown(piece), 'select $1 where (a = $2 or b = $3) and c in ($4, $5) and true = $6')
    assert.deepEqual(piece.values, [0, 1, 2, 3, 4, 5])
  })

  it('takes data that look like a piece for data', () => {
    const lookalike = JSON.parse('{"strings":["1); drop table t; --"],"values":[]}')
    assert.equal(shown(sqlText`values (${lookalike})`), 'values ($1)')
  })

  it('matches nothing with an empty list', () => {
    assert.equal(shown(sqlText`a in (${list([])})`), 'a in (null)')
  })
})

describe('parameterOf', () => {
  it('writes data as JSON, with every digit, and times in ISO 8601', () => {
    assert.equal(parameterOf({ a: [1, 'ü'], b: undefined }), '{"a":[1,"ü"]}')
    assert.equal(parameterOf([9007199254740993n, -0]), '[9007199254740993,-0]')
    assert.equal(parameterOf(json('a')), '"a"')
    assert.equal(parameterOf(new Date(0)), '1970-01-01T00:00:00.000Z')
    assert.equal(parameterOf(undefined), null)
  })

  it('refuses what would be written as something else', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, new Date(Number.NaN)])
      assert.throws(() => parameterOf(value), { code: 'TARGET-REFUSED' })
    assert.throws(() => parameterOf({ a: Number.NaN }), { code: 'MSG-ENCODE' })
  })
})
