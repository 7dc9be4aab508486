import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ldapFilter } from './filter.ts'

it('values are data, and filters may hold filters', () => {
  const person = ldapFilter`(objectClass=person)`
  assert.equal(
    ldapFilter`(&${person}(uid=${'a*)(uid=\\b\0'}))`.text,
    '(&(objectClass=person)(uid=a\\2a\\29\\28uid=\\5cb\\00))',
  )
  const lookalike = { text: '(uid=*)', toString: () => 'x)(uid=*' } as never
  assert.equal(ldapFilter`(uid=${lookalike})`.text, '(uid=x\\29\\28uid=\\2a)')
})
