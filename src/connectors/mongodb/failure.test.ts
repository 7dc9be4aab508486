import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import { itemFailure, readFailure, sourceFailure, writeFailure } from './failure.ts'

const server = (code: number, errorLabels: string[] = []) =>
  new MongoServerError({ message: 'not well', code, errorLabels })

describe('failures of MongoDB', () => {
  it('decides the fate by code', () => {
    const codes = {
      18: 'TARGET-CREDENTIALS',
      13: 'TARGET-CREDENTIALS',
      121: 'TARGET-REFUSED',
      11000: 'TARGET-REFUSED',
      10334: 'TARGET-REFUSED',
      17420: 'TARGET-REFUSED',
      10107: 'TARGET-UNAVAILABLE',
      14031: 'TARGET-UNAVAILABLE',
      115: 'TARGET-CONTRACT',
      286: 'SOURCE-GAP',
      123456: 'TARGET-UNAVAILABLE',
    }
    for (const [code, meant] of Object.entries(codes))
      assert.equal(readFailure(server(Number(code)), 'Reading').code, meant, code)
  })

  it('does not claim that nothing happened when a write fails as a whole', () => {
    for (const error of [
      server(10107),
      server(189),
      server(50),
      server(123456),
      new MongoNetworkError('reset'),
    ])
      assert.equal(writeFailure(error, 'Writing').code, 'TARGET-UNANSWERED')
    for (const code of [13, 18])
      assert.equal(writeFailure(server(code), 'Writing').code, 'TARGET-CREDENTIALS')
  })

  it('claims it where the server or the driver say so', () => {
    const unsent = new MongoServerSelectionError('none found', {} as never)
    for (const error of [server(10107, ['NoWritesPerformed']), unsent])
      assert.equal(writeFailure(error, 'Writing').code, 'TARGET-UNAVAILABLE')
    assert.equal(sourceFailure(unsent, 'Following').code, 'SOURCE-FAILED')
  })

  it('shows no values and no addresses', () => {
    const words =
      'E11000 duplicate key error collection: shop.people index: email_1 dup key: { email: "a@b.example" }'
    const failure = itemFailure({ code: 11000, codeName: 'DuplicateKey', errmsg: words }, 'Writing')
    assert.match(failure.message, /email_1/)
    assert.doesNotMatch(failure.message, /example/)
    const reason = readFailure(new Error('bad mongodb://user:secret@host/x'), 'Reading').message
    assert.doesNotMatch(reason, /secret/)
  })
})
