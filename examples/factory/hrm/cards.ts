import { numbersOf, pick as pickBy } from '../simulated/random.ts'

/** What somebody typed of a person on the day of joining: nobody has looked at it since. */
export interface Card {
  /** As it was typed, with what is wrong with it. */
  readonly name: string
  readonly phone: string
  readonly identity: string
  readonly born: string
  readonly joined: string
}

/** What a person is, and every typist writes in another way. */
interface Facts {
  readonly phone: string
  readonly identity: string
  readonly born: string
  readonly joined: string
}

/** The same person has the same card; the second of two cards of one person was typed by somebody else. */
export function cardOf(person: number, name: string, typist: number): Card {
  const random = numbersOf(`card of ${person}`)
  const facts = factsOf(random)
  const typing = numbersOf(`typist ${person} ${typist}`)
  const pick = <T>(list: readonly T[]) => pickBy(list, typing)
  return {
    name: pick([name, `  ${name} `, name.replace(' ', '  '), name.replace(' ', '\u3000'), `${name}\u200b`]),
    phone: pick(phones)(facts.phone),
    identity: person % 7 === 6 ? misread(facts.identity) : pick(identities)(facts.identity),
    born: pick(dates)(facts.born),
    joined: pick(dates)(facts.joined),
  }
}

function factsOf(random: () => number): Facts {
  const below = (most: number) => Math.floor(most * random())
  const two = (n: number) => String(n).padStart(2, '0')
  const born = `${1965 + below(38)}-${two(1 + below(12))}-${two(1 + below(28))}`
  const joined = `${2012 + below(13)}-${two(1 + below(12))}-${two(1 + below(28))}`
  const region = ['310115', '320505', '330206', '320211'][below(4)]
  const first = `${region}${born.replaceAll('-', '')}${String(below(1000)).padStart(3, '0')}`
  return {
    phone: `138${String(below(100_000_000)).padStart(8, '0')}`,
    identity: first + checkSign(first),
    born,
    joined,
  }
}

const phones: readonly ((phone: string) => string)[] = [
  phone => phone,
  phone => `+86 ${phone.slice(0, 3)} ${phone.slice(3, 7)} ${phone.slice(7)}`,
  phone => `${phone.slice(0, 3)}-${phone.slice(3, 7)}-${phone.slice(7)}`,
  phone => `手机：${phone}`,
  wide,
]

const identities: readonly ((identity: string) => string)[] = [
  identity => identity,
  identity => `${identity.slice(0, 6)} ${identity.slice(6, 14)} ${identity.slice(14)}`,
  identity => identity.toLowerCase(),
  wide,
]

const dates: readonly ((day: string) => string)[] = [
  day => day,
  day => day.replaceAll('-', '/'),
  day => day.replaceAll('-', ''),
  day => day.replace(/^(\d+)-0?(\d+)-0?(\d+)$/, '$1年$2月$3日'),
  day => wide(day.replaceAll('-', '.')),
]

/** In full width. */
function wide(text: string): string {
  return text.replace(/[0-9.]/g, sign => String.fromCharCode(sign.charCodeAt(0) + 0xfee0))
}

/** One digit is another, so that the check character is wrong. */
function misread(identity: string): string {
  const digit = identity[9] as string
  return `${identity.slice(0, 9)}${(Number(digit) + 1) % 10}${identity.slice(10)}`
}

/** GB 11643-1999: ISO 7064, MOD 11-2. */
function checkSign(digits: string): string {
  const sum = [...digits].reduce((total, digit, at) => total + Number(digit) * 2 ** (17 - at), 0)
  return '10X98765432'[sum % 11] as string
}
