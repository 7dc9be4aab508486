import { add, multiply } from '../decimal.ts'

const digits: Readonly<Record<string, number>> = digitTable(
  '零〇○',
  '一壹弌',
  '二贰貳弍两兩',
  '三叁參叄弎',
  '四肆',
  '五伍',
  '六陆陸',
  '七柒',
  '八捌',
  '九玖',
)
const tens: Readonly<Record<string, number>> = {
  十: 10,
  拾: 10,
  百: 100,
  佰: 100,
  千: 1000,
  仟: 1000,
}

/** Texts of more are no numbers that anybody wrote. */
const longest = 100

/** Is there a character in it that only Chinese numerals have? */
export function hasChineseNumeral(text: string): boolean {
  return (
    text.length <= longest &&
    /[零〇一壹二贰貳两兩三叁參四肆五伍六陆陸七柒八捌九玖十拾百佰千仟万萬亿億]/.test(text)
  )
}

/**
 * The exact decimal of a Chinese number: `一万二千三百`, `壹佰零伍`, `二〇二六`, `三点一四`, `1.2万`, `3亿5000万`, and in
 * speech `三百五` for 350. Undefined for what is none, also for 兆, which is a million or a million millions.
 */
export function chineseNumber(text: string): string | undefined {
  if (text === '' || text.length > longest) return undefined
  if (/^[负負]/.test(text)) {
    const rest = chineseNumber(text.slice(1))
    return rest === undefined || /^-/.test(rest) ? undefined : multiply(rest, '-1')
  }
  return parted(text, '亿億', '100000000', rest => parted(rest, '万萬', '10000', section))
}

/** Before and behind the last of a big unit. What is behind counts less than the unit. */
function parted(
  text: string,
  units: string,
  worth: string,
  inner: (text: string) => string | undefined,
): string | undefined {
  const at = Math.max(...[...units].map(unit => text.lastIndexOf(unit)))
  if (at < 0) return inner(text)
  const before = parted(text.slice(0, at), units, worth, inner)
  if (before === undefined) return undefined
  const rest = text.slice(at + 1)
  const many = multiply(before, worth)
  if (rest === '') return whole(many)
  // In speech 一万二 is 12000; with a unit or a zero it says so itself.
  const spoken = rest.length === 1 ? (digits[rest] ?? 0) : 0
  if (spoken > 0 && !/\d/.test(text)) return add(many, multiply(spoken, worth.slice(0, -1)))
  // 1万2 is 12000 to some and 10002 to others.
  if (/^\d$/.test(rest)) return undefined
  const behind = inner(rest.length > 1 ? rest.replace(/^[零〇]/, '') : rest)
  if (behind === undefined || /[.]/.test(before) || !isLess(behind, worth)) return undefined
  return add(many, behind)
}

function isLess(value: string, worth: string): boolean {
  return (value.split('.')[0] as string).length < worth.length
}

/** Below ten thousand, or a row of digits, or an Arabic number. */
function section(text: string): string | undefined {
  const arabic = /^(\d+(?:\.\d+)?)([十百千拾佰仟]?)$/.exec(text)
  if (arabic) return whole(multiply(plain(arabic[1] as string), tens[arabic[2] as string] ?? 1))
  const point = /[点點]/.exec(text)
  if (point) {
    const [before, places] = [section(text.slice(0, point.index)), row(text.slice(point.index + 1))]
    return before === undefined || places === undefined ? undefined : `${before}.${places}`
  }
  const inRow = row(text)
  return inRow === undefined ? counted(text) : plain(inRow)
}

function row(text: string): string | undefined {
  let made = ''
  for (const sign of text) {
    const digit = digits[sign]
    if (digit === undefined) return undefined
    made += digit
  }
  return made === '' ? undefined : made
}

/** `一千零二十`, `十五`, `三百五`. Units only get smaller. */
function counted(text: string): string | undefined {
  let sum = 0
  let last = 10_000
  let digit: number | undefined
  let zero = false
  for (const sign of text) {
    const unit = tens[sign]
    const value = digits[sign]
    if (unit !== undefined) {
      if (unit >= last || digit === 0 || (digit === undefined && unit !== 10)) return undefined
      sum += (digit ?? 1) * unit
      last = unit
      digit = undefined
      zero = false
    } else if (value === 0) {
      if (digit !== undefined || zero) return undefined
      zero = true
    } else {
      if (value === undefined || digit !== undefined) return undefined
      digit = value
    }
  }
  if (digit === undefined) return zero || sum === 0 ? undefined : String(sum)
  const isSpoken = !zero && last >= 100 && last < 10_000
  return String(sum + (isSpoken ? (digit * last) / 10 : digit))
}

function plain(text: string): string {
  return text.replace(/^0+(?=\d)/, '')
}

/** Without the zeros behind the point that a factor left. */
function whole(text: string): string {
  return text.includes('.') ? text.replace(/0+$/, '').replace(/\.$/, '') : text
}

function digitTable(...rows: readonly string[]): Record<string, number> {
  return Object.fromEntries(rows.flatMap((signs, digit) => [...signs].map(sign => [sign, digit])))
}
