import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Customer, customers, goldenRecord } from './customers.ts'

const surnames = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴', '徐', '孙']
const givens = ['伟', '芳娜', '秀英', '敏', '静怡', '丽华', '强', '磊', '军涛', '洋', '艳红', '勇']
const cities = ['上海', '北京', '广州', '深圳', '杭州']
/** Other characters of the same sound, as a clerk hears them. */
const heard: Readonly<Record<string, string>> = { 张: '章', 伟: '维', 静: '靖', 丽: '莉', 磊: '蕾', 洋: '阳' }

function records(): Customer[] {
  const all: Customer[] = []
  for (const [i, surname] of surnames.entries())
    for (const [j, given] of givens.entries()) {
      const at = i * 12 + j
      const name = `${surname}${given}`
      const phone = `138${String((at * 7_654_321) % 100_000_000).padStart(8, '0')}`
      const city = cities[at % 5] as string
      all.push({ system: 'erp', name, phone, city, changed: '2025-01-01' })
      const other = [...name].map(sign => heard[sign] ?? sign).join('')
      if (at % 4 === 0) all.push({ system: 'crm', name: other, phone, city: '', changed: '2026-01-01' })
    }
  return all
}

test('examples/matching finds customers that were written by ear, and makes one record of each', () => {
  const all = records()
  const { clusters, explain, tooLarge } = customers.deduplicate(all)
  const found = clusters.filter(({ length }) => length > 1)
  assert.equal(found.length, 36)
  for (const cluster of found) assert.equal(new Set(cluster.map(at => all[at]?.phone)).size, 1)
  assert.deepEqual(tooLarge, [])

  const [a, b] = found.find(([first]) => all[first as number]?.name.startsWith('张')) as [number, number]
  const { decision, fields } = explain(a, b)
  assert.equal(decision, 'match')
  assert.deepEqual(
    fields.map(({ field, agreement }) => [field, agreement]),
    [
      ['name', '>= 0.9'],
      ['phone', 'same'],
      ['city', 'missing'],
    ],
  )
  const { record, from } = goldenRecord([a, b].map(at => all[at] as Customer))
  assert.equal(record.city, all[a]?.city)
  assert.deepEqual(from, { system: 0, name: 0, phone: 1, city: 0, changed: 0 })
})
