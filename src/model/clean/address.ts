import { type Cleaner, named, plainText, unclean } from './cleaner.ts'
import { divisionTable } from './division-table.ts'

/** An address of China, in the divisions of GB/T 2260, with their whole names. */
export interface ChineseAddress {
  readonly province: string
  /** Of the municipalities (北京市) the same as the province; of places that a province runs itself their own name. */
  readonly city: string | undefined
  readonly district: string | undefined
  /** What stands behind: street, number, name. */
  readonly rest: string
  /** Of the smallest division that is known: six digits. */
  readonly code: string
}

interface Division {
  readonly code: string
  readonly name: string
  readonly short: string
  readonly inner: readonly Division[]
}

const wanted = 'an address of China'

/**
 * Splits an address into province, city, district and the rest. Short names (浙江, 杭州) are understood, and a province or
 * city that was left out where the next name has one place only. Names that are in several places (朝阳区), or not in each
 * other, are refused.
 */
export const chineseAddress: Cleaner<string, ChineseAddress> = named('chineseAddress', value => {
  const text = plainText(value, 500, wanted)
    .replace(/^(?:中国|中华人民共和国)/, '')
    .replaceAll(/[\s,，]/g, '')
  const all = divisions()
  const [province, afterProvince] = headOf(all.provinces, text)
  if (province) return inside(province, afterProvince, value)
  const [city] = headOf(all.cities, text)
  if (city) return inside(provinceOf(city), text, value)
  const districts = all.districts.filter(({ name }) => name.length > 2 && text.startsWith(name))
  const [only] = longestOf(districts)
  if (!only) throw unclean(value, `${wanted}: no province, city or district is at its beginning`)
  if (districts.filter(({ name }) => name === only.name).length > 1)
    throw unclean(value, `${wanted} with one meaning: several cities have a ${only.name}`)
  return inside(provinceOf(only), text, value)
})

function inside(province: Division, text: string, value: string): ChineseAddress {
  const isMunicipality = province.inner[0]?.name === '市辖区'
  const repeated = isMunicipality
    ? text.replace(new RegExp(`^(?:${province.name}|市辖区|县(?=.))`), '')
    : text
  const [city, afterCity] = headOf(province.inner.filter(hasOwnName), repeated)
  const districts = city ? city.inner : province.inner.flatMap(({ inner }) => inner)
  const found = districts.filter(({ name }) => afterCity.startsWith(name))
  const [district] = longestOf(found)
  if (district && found.filter(({ name }) => name === district.name).length > 1)
    throw unclean(value, `${wanted} with one meaning: ${province.name} has several ${district.name}`)
  const parent = city ?? (district && province.inner.find(({ inner }) => inner.includes(district)))
  const rest = district ? afterCity.slice(district.name.length) : afterCity
  const nameless = parent && !hasOwnName(parent)
  const cityName = isMunicipality ? province.name : nameless ? district?.name : parent?.name
  if (!district) refuseElsewhere(rest, value)
  return {
    province: province.name,
    city: cityName,
    district: nameless && !isMunicipality ? undefined : district?.name,
    rest,
    code: (district ?? parent ?? province).code,
  }
}

/** Where another province or city follows, the names contradict each other. */
function refuseElsewhere(rest: string, value: string): void {
  const { provinces, cities } = divisions()
  const other = [...provinces, ...cities].find(({ name }) => name.length > 2 && rest.startsWith(name))
  if (other) throw unclean(value, `${wanted}: ${other.name} is not in what stands before it`)
}

function hasOwnName({ name }: Division): boolean {
  return !/^(?:市辖区|县|省直辖县级行政区划|自治区直辖县级行政区划)$/.test(name)
}

/** The division whose name, whole or short, a text begins with, and what follows. */
function headOf(divisions: readonly Division[], text: string): readonly [Division | undefined, string] {
  const whole = longestOf(divisions.filter(({ name }) => text.startsWith(name)))[0]
  if (whole) return [whole, text.slice(whole.name.length)]
  const short = divisions.find(each => each.short !== each.name && isMeant(each, text))
  return short ? [short, text.slice(short.short.length).replace(/^(?:省|市)(?=.)/, '')] : [undefined, text]
}

/** A short name may be the beginning of another (朝阳 of 朝阳区, 上海 of 上海路): what follows must be inside of it. */
function isMeant({ short, inner }: Division, text: string): boolean {
  if (!text.startsWith(short)) return false
  const rest = text.slice(short.length).replace(/^(?:省|市|自治区)(?=.)/, '')
  const within = [...inner, ...inner.flatMap(each => each.inner)]
  return (
    /^[省市]?$/.test(rest) ||
    within.some(({ name }) => rest.startsWith(name)) ||
    inner.some(each => each.short !== each.name && isMeant(each, rest))
  )
}

function longestOf(divisions: readonly Division[]): Division[] {
  return divisions.toSorted((a, b) => b.name.length - a.name.length)
}

function provinceOf({ code }: Division): Division {
  return divisions().provinces.find(province => province.code.slice(0, 2) === code.slice(0, 2)) as Division
}

interface Divisions {
  readonly provinces: readonly Division[]
  readonly cities: readonly Division[]
  readonly districts: readonly Division[]
}

let known: Divisions | undefined

/** The table is read when the first address comes. */
function divisions(): Divisions {
  if (!known) {
    const provinces = divisionTable.trim().split('\n').map(readProvince)
    const cities = provinces.flatMap(({ inner }) => inner).filter(hasOwnName)
    const districts = provinces.flatMap(({ inner }) => inner.flatMap(city => city.inner))
    known = { provinces, cities, districts }
  }
  return known
}

function readProvince(line: string): Division {
  const [head = '', cities = ''] = line.split('|')
  const code = head.slice(0, 2)
  const inner = cities
    .split(';')
    .filter(Boolean)
    .map(city => readCity(code, city))
  return division(`${code}0000`, head.slice(2), inner)
}

function readCity(province: string, text: string): Division {
  const [head = '', districts = ''] = text.split(':')
  const code = province + head.slice(0, 2)
  const inner = [...districts.matchAll(/(\d\d)(\D+)/g)].map(([, last, name]) =>
    division(code + last, name ?? '', []),
  )
  return division(`${code}00`, head.slice(2), inner)
}

function division(code: string, name: string, inner: readonly Division[]): Division {
  return { code, name, short: shortOf(name), inner }
}

const nations =
  /(?:维吾尔|壮族|回族|藏族羌族|蒙古族藏族|藏族|彝族|苗族侗族|布依族苗族|土家族苗族|哈尼族彝族|壮族苗族|傣族景颇族|傈僳族|白族|傣族|朝鲜族|蒙古族?|哈萨克|柯尔克孜)*(?:特别行政区|自治区|自治州)$/

function shortOf(name: string): string {
  if (/^(?:内蒙古|博尔塔拉蒙古|巴音郭楞蒙古)/.test(name))
    return name.replace(/(?<=内蒙古)自治区$|蒙古自治州$/, '')
  const short = name.replace(nations, '').replace(/(?:省|市|地区|盟)$/, '')
  return short.length > 1 ? short : name
}
