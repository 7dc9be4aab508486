import { IsthmusError } from '../../../errors.ts'

/** The characters that divide an interchange. '' where there is none. */
export interface Separators {
  readonly segment: string
  readonly element: string
  readonly component: string
  readonly repetition: string
  /** Makes the character behind it plain text. */
  readonly release: string
  readonly decimal: string
  /** Behind the tag of a segment. */
  readonly tag: string
}

/** What the begin of an interchange says of its separators. */
export interface Advice {
  readonly separators: Separators
  /** Bytes to pass over before the first segment. */
  readonly skip: number
  /** The six characters of UNA. */
  readonly una?: string
}

/** Source: ISO 9735, and its version 4 for `repetition`, which those before do not have. */
export const edifactDefaults: Separators = {
  segment: "'",
  element: '+',
  component: ':',
  repetition: '*',
  release: '?',
  decimal: '.',
  tag: '+',
}

/** Source: TRADACOMS, British Standard: as the first EDIFACT, but for the sign behind tags. */
export const tradacomsSeparators: Separators = { ...edifactDefaults, repetition: '', tag: '=' }

/** The separators of TRADACOMS, which never change. Undefined where more bytes are needed, null if it is no STX. */
export function tradacomsAdvice(bytes: Uint8Array, isEnd: boolean): Advice | undefined | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4)).toString('latin1')
  if (text === 'STX=') return { separators: tradacomsSeparators, skip: 0 }
  return !isEnd && 'STX='.startsWith(text) ? undefined : null
}

/** The ISA segment has so many characters, its terminator included, each element being padded. */
const isaLength = 106
/** Without padding there is at least and with rubbish at most this much. */
const longestIsa = 512

/**
 * The separators by the places that ISA has them at; where its elements are not padded, by the sixteenth element. The
 * first four of these characters are not known before. Undefined where more bytes are needed, null if it is no ISA.
 */
export function isaAdvice(bytes: Uint8Array, isEnd: boolean): Advice | undefined | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, longestIsa)).toString(
    'latin1',
  )
  if (!'ISA'.startsWith(text.slice(0, 3))) return null
  if (text.length < longestIsa && text.length < isaLength && !isEnd) return undefined
  const element = text.charAt(3)
  const places = text.length < isaLength ? [] : [6, 17, 20, 31, 34, 50, 53, 69, 76, 81, 83, 89, 99, 101, 103]
  const isPadded = places.length > 0 && places.every(place => text[place] === element)
  const last = isPadded ? 103 : placeOf(element, text, 16)
  if (last === -1) {
    if (text.length < longestIsa && !isEnd) return undefined
    throw new IsthmusError('MSG-DECODE', 'ISA does not have 16 elements')
  }
  if (last + 3 > text.length) {
    if (!isEnd) return undefined
    throw new IsthmusError('MSG-DECODE', 'the interchange ends within ISA')
  }
  const elements = text.slice(0, last).split(element)
  const [component, segment] = [text.charAt(last + 1), text.charAt(last + 2)]
  const separators = { element, component, segment, repetition: repetitionOf(elements[11], elements[12]) }
  checkDistinct(separators)
  return { separators: { ...separators, release: '', decimal: '.', tag: element }, skip: 0 }
}

/** Source: X12.5: ISA11 is the repetition separator from version 00402 on, and was the standard's identifier, U, before. */
export function repetitionOf(isa11 = '', version = ''): string {
  return version >= '00402' && /^[^A-Za-z0-9 ]$/.test(isa11) ? isa11 : ''
}

/** The index of the n-th occurrence, or -1. */
function placeOf(character: string, text: string, n: number): number {
  let at = -1
  for (let count = 0; count < n; count++) {
    at = text.indexOf(character, at + 1)
    if (at === -1) return -1
  }
  return at
}

/** The separators by UNA, which is optional. Undefined where more bytes are needed, null if it is no UNA and no UNB. */
export function unaAdvice(bytes: Uint8Array, isEnd: boolean): Advice | undefined | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 9)).toString('latin1')
  if (text.startsWith('UNB')) return { separators: edifactDefaults, skip: 0 }
  if (text.length < 3 && !isEnd && ['UNA', 'UNB'].some(tag => tag.startsWith(text))) return undefined
  if (text.startsWith('STX=')) throw new IsthmusError('MSG-DECODE', 'this is TRADACOMS, not EDIFACT')
  if (text.startsWith('UIB')) throw new IsthmusError('MSG-DECODE', 'interactive EDIFACT (UIB) is not read')
  if (!text.startsWith('UNA')) return null
  if (text.length < 9) {
    if (!isEnd) return undefined
    throw new IsthmusError('MSG-DECODE', 'the interchange ends within UNA')
  }
  return { separators: separatorsOfUna(text.slice(3)), skip: 9, una: text.slice(3) }
}

/** `:+.? '`: component, element, decimal mark, release (a space for none), repetition, segment. */
export function separatorsOfUna(una: string): Separators {
  const [component = '', element = '', decimal = '', release = '', repetition = '', segment = ''] = una
  const blank = (character: string) => (character === ' ' ? '' : character)
  const found = { component, element, segment, release: blank(release), repetition: blank(repetition) }
  if (decimal !== '.' && decimal !== ',')
    throw new IsthmusError('MSG-DECODE', 'the decimal mark in UNA is neither a point nor a comma')
  checkDistinct(found)
  return { ...found, decimal, tag: element }
}

/** Refuses separators that could not be told from each other or from text. */
export function checkDistinct(separators: Readonly<Record<string, string>>): void {
  const used = Object.values(separators).filter(character => character !== '')
  const plain = used.find(character => !/^[\0-\x7f]$/.test(character) || /[A-Za-z0-9 ]/.test(character))
  if (plain !== undefined)
    throw new IsthmusError('MSG-DECODE', `${JSON.stringify(plain)} cannot be a separator`)
  if (new Set(used).size !== used.length)
    throw new IsthmusError('MSG-DECODE', 'one character is two separators at once')
}
