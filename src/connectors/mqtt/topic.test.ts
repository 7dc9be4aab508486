import assert from 'node:assert/strict'
import { test } from 'node:test'
import { filterProblem, levelsOf, topicProblem } from './topic.ts'

test('levels are what stands for the wildcards', () => {
  assert.deepEqual(levelsOf('plant/3/press/temp', ['plant/+/+/temp']), ['3', 'press'])
  assert.deepEqual(levelsOf('plant/3/press/temp', ['other/#', 'plant/+/#']), ['3', 'press/temp'])
  assert.deepEqual(levelsOf('plant', ['plant/#']), [''])
  assert.deepEqual(levelsOf('plant/3', ['$share/all/plant/+']), ['3'])
  assert.deepEqual(levelsOf('plant/3', ['plant/3']), [])
  assert.deepEqual(levelsOf('plant/3/x', ['plant/+']), [])
})

test('what is no topic or filter is told', () => {
  for (const topic of ['', 'a/+', 'a/#', 'a\0', 'a'.repeat(65_536)]) assert.ok(topicProblem(topic), topic)
  for (const topic of ['a', '/', 'a//b', 'a/ b', '温度']) assert.equal(topicProblem(topic), undefined)
  for (const filter of ['', 'a+', 'a/#/b', '#a', 'a/b+/c']) assert.ok(filterProblem(filter), filter)
  for (const filter of ['#', '+', '+/a/#', '$share/g/a/+', '/'])
    assert.equal(filterProblem(filter), undefined)
})
