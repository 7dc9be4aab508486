import assert from 'node:assert/strict'
import { test } from 'node:test'
import { attributeOf, namespaceOf, readElements } from './xml-elements.ts'

const read = (text: string) => readElements(Buffer.from(text))

test('elements have names with namespaces, attributes, text and lines', () => {
  const root = read(
    '<?xml version="1.0"?>\n<a xmlns="urn:a" xmlns:b="urn:b" x="1">\n  t<b:c b:y="2" xmlns=""\n>u<![CDATA[<v>]]></b:c><d/></a>',
  )
  assert.deepEqual([root.name, root.namespace, root.line], ['a', 'urn:a', 2])
  assert.equal(root.text.trim(), 't')
  assert.deepEqual(root.attributes, [{ name: 'x', namespace: '', value: '1' }])
  const [c, d] = root.children
  assert.ok(c && d)
  assert.deepEqual([c.name, c.namespace, c.text, c.line], ['c', 'urn:b', 'u<v>', 3])
  assert.equal(attributeOf(c, 'y', 'urn:b'), '2')
  assert.equal(attributeOf(c, 'y'), undefined)
  assert.equal(d.namespace, 'urn:a')
})

test('prefixes mean at each place what is declared there', () => {
  const [inner] = read('<a xmlns="urn:a" xmlns:p="urn:1"><b xmlns="" xmlns:p="urn:2"/></a>').children
  assert.ok(inner)
  assert.equal(namespaceOf(inner, 'p'), 'urn:2')
  assert.equal(namespaceOf(inner, ''), '')
  assert.equal(namespaceOf(inner, 'toString'), undefined)
  assert.equal(namespaceOf(inner, 'xml'), 'http://www.w3.org/XML/1998/namespace')
})

test('documents that are malformed, have a document type, or are too deep or large are refused', () => {
  for (const text of ['', '<a>', '<a></b>', '<p:a/>', '<!DOCTYPE a><a/>', '<a>&x;</a>'])
    assert.throws(() => read(text), { code: 'MSG-DECODE' }, text)
  const limits = { maxDepth: 3, maxNodes: 5 }
  const bounded = (text: string) => readElements(Buffer.from(text), limits)
  bounded('<a><b><c/></b></a>')
  assert.throws(() => bounded('<a><b><c><d/></c></b></a>'), { code: 'MSG-LIMIT' })
  assert.throws(() => bounded('<a x="" y=""><b/><c/><d/></a>'), { code: 'MSG-LIMIT' })
})
