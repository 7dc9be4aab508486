import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problem } from './problem.ts'

test('a problem document has the type of its code, and none where there is no code to tell', () => {
  assert.deepEqual(problem(409, { code: 'CONTROL-REFUSED', detail: 'no' }, { 'x-a': 'b' }), {
    status: 409,
    headers: { 'content-type': 'application/problem+json', 'x-a': 'b' },
    body: {
      type: 'urn:isthmus:error:CONTROL-REFUSED',
      title: 'Conflict',
      status: 409,
      code: 'CONTROL-REFUSED',
      detail: 'no',
    },
  })
  assert.deepEqual(problem(404).body, { type: 'about:blank', title: 'Not Found', status: 404 })
})
