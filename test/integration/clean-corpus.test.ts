import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import { read, utils } from 'xlsx'
import {
  chain,
  chineseAddress,
  cleanRow,
  companyName,
  date,
  dateTime,
  decimal,
  halfWidth,
  oneOf,
  optional,
  simplified,
  traditional,
  trim,
  upperCase,
} from '../../src/model/clean/index.ts'

const corpus = process.env.ISTHMUS_CORPUS ?? ''
const options = { skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it' }
const bytesOf = (name: string) => readFile(join(corpus, name))

async function rowsOf(name: string, label = 'utf-8'): Promise<Record<string, string>[]> {
  const text = new TextDecoder(label).decode(await bytesOf(name))
  return parse(text, { columns: true, skip_empty_lines: true })
}

test('every district of China is found in its address', options, async () => {
  const provinces = new Map((await rowsOf('zh/provinces.csv')).map(({ code, name }) => [code, name]))
  const cities = new Map((await rowsOf('zh/cities.gbk.csv', 'gbk')).map(({ code, name }) => [code, name]))
  const areas = await rowsOf('zh/areas.csv')
  assert.equal(areas.length, 2978)
  for (const { code, name, cityCode, provinceCode } of areas) {
    const city = cities.get(cityCode) ?? ''
    const written = /辖区$|^县$|直辖/.test(city) || city === name ? '' : city
    const text = `${provinces.get(provinceCode)}${written}${name}人民路1号`
    const found = chineseAddress(text)
    assert.deepEqual([found.province, found.rest], [provinces.get(provinceCode), '人民路1号'], text)
    // Where a city and the one district in it are of one name, it is the city that is named.
    assert.equal(found.code, city === name ? `${cityCode}00` : code, text)
  }
})

test('names of Chinese companies are split without losing a sign', options, async () => {
  const names = (await readFile(join(corpus, 'zh/company_demo.txt'), 'utf8')).split(/\r?\n/).filter(Boolean)
  let withForm = 0
  for (const name of names) {
    const { core, form = '', branch = '' } = companyName(name)
    assert.equal(`${core}${form}${branch}`.replace('有限責任', '有限责任'), halfWidth(name))
    withForm += Number(form !== '')
  }
  assert.ok(withForm >= 116, `${withForm} of ${names.length}`)
  const suffixes = (await readFile(join(corpus, 'zh/suffix.txt'), 'utf8')).split(/\r?\n/).filter(Boolean)
  for (const suffix of suffixes) {
    const { core, form = '', branch = '' } = companyName(`中天宏图${suffix}`)
    assert.equal(`${core}${form}${branch}`, `中天宏图${suffix}`)
    assert.ok(core.startsWith('中天宏图'), suffix)
  }
})

test(
  'a register of contracts: every row is cleaned or refused with a reason, and spellings come together',
  options,
  async () => {
    const rows = await rowsOf('files/government_contracts.csv')
    assert.equal(rows.length, 6422)
    const rules = {
      'Contractor Name': optional(
        chain(companyName, ({ core }) => core.replace(/[^\p{L}\p{N} ]/gu, ''), upperCase),
      ),
      'Date of Award': optional(date()),
      'Start Date': optional(date()),
      'End Date': optional(date()),
      'Total value of Contract': optional(decimal({ scale: 6 })),
    }
    const reasons = new Map<string, number>()
    const cleaned: Record<string, unknown>[] = []
    let changes = 0
    for (const row of rows)
      try {
        cleaned.push(cleanRow(rules, row, () => void changes++) as Record<string, unknown>)
      } catch (error) {
        const reason = String(error).replace(/"[^"]*"/g, '…')
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      }
    const refused = reasons.values().reduce((sum, count) => sum + count, 0)
    assert.equal(cleaned.length + refused, rows.length)
    const before = new Set(rows.map(row => row['Contractor Name']).filter(Boolean))
    const after = new Set(cleaned.map(row => row['Contractor Name']).filter(Boolean))
    // 19 dates of award that never were, and two cells that name many companies.
    assert.deepEqual([...reasons.values()].sort(), [19, 2])
    assert.ok(changes > 20_000)
    assert.deepEqual([before.size, after.size <= 825], [880, true])
  },
)

test('dates of a spreadsheet by its date system', options, async () => {
  const book = read(await bytesOf('files/dates.xls'))
  const cells = utils.sheet_to_json<unknown[]>(book.Sheets['Test Sheet 0'] as never, { header: 1, raw: true })
  const clean = date({ serial: 1900 })
  assert.deepEqual(
    [clean(cells[0]?.[0] as number), clean(cells[1]?.[0] as number)],
    ['2021-04-18', '2021-01-01'],
  )
  const times = utils.sheet_to_json<unknown[]>(book.Sheets['Test Sheet 1'] as never, { header: 1, raw: true })
  const moment = dateTime({ zone: 'Europe/Berlin', serial: 1900 })
  assert.equal(moment(times[0]?.[2] as number), '2021-04-18T10:46:41.000Z')
})

test('people: ages and genders, and birthdays of which some never were', options, async () => {
  const people = await rowsOf('files/persons.csv')
  const cleaned = people.map(row =>
    cleanRow({ Age: decimal({ scale: 0 }), Gender: oneOf({ male: ['M'], female: ['F'] }) }, row),
  )
  assert.deepEqual(
    cleaned.map(({ Age, Gender }) => [Age, Gender]),
    [
      ['21', 'male'],
      ['19', 'female'],
      ['23', 'male'],
    ],
  )
  const febrl = await rowsOf('cleaning/febrl/dataset1.csv')
  const born = optional(chain(trim, date()))
  let wrong = 0
  for (const row of febrl) {
    const text = (row[' date_of_birth'] ?? row.date_of_birth ?? '') as string
    try {
      const day = born(text)
      if (day) assert.equal(day.replaceAll('-', ''), text.trim())
    } catch {
      wrong++
    }
  }
  assert.deepEqual([febrl.length, wrong], [1000, 3])
})

test('names of places come back from traditional characters', options, async () => {
  const areas = await rowsOf('zh/areas.csv')
  const [there, back] = [traditional(), simplified()]
  const lost = areas.filter(({ name = '' }) => back(there(name)) !== name).map(({ name }) => name)
  assert.ok(lost.length <= 4, String(lost))
})
