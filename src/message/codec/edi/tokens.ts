import type { Element, Segment, Value } from './segment.ts'
import type { Separators } from './separators.ts'

/** Takes note of a fault of a segment. */
export type TokenFault = (reason: string, element?: number) => void

/** The segment that a text says, its terminator left out. Linear in the text. */
export function readSegment(text: string, separators: Separators, fault: TokenFault): Segment {
  const behind = text.indexOf(separators.tag)
  if (behind === -1) return { tag: text, elements: [] }
  const tag = text.slice(0, behind)
  const content = text.slice(behind + 1)
  if (separators.release !== '' && content.includes(separators.release))
    return { tag, elements: releasedElements(content, separators, fault) }
  const elements: Element[] = content.split(separators.element)
  const { component, repetition } = separators
  const hasInner =
    (component !== '' && content.includes(component)) || (repetition !== '' && content.includes(repetition))
  if (hasInner)
    for (let index = 0; index < elements.length; index++)
      elements[index] = plainElement(elements[index] as string, component, repetition)
  return { tag, elements }
}

function plainElement(part: string, component: string, repetition: string): Element {
  if (repetition !== '' && part.includes(repetition))
    return { repeated: part.split(repetition).map(each => plainValue(each, component)) }
  return plainValue(part, component)
}

function plainValue(part: string, component: string): Value {
  return component !== '' && part.includes(component) ? part.split(component) : part
}

/** The elements of a text with release characters. */
function releasedElements(content: string, separators: Separators, fault: TokenFault): Element[] {
  const { element, component, repetition, release } = separators
  return splitReleased(content, element, release).map((part, index) => {
    const leaf = (each: string) => released(each, separators, reason => fault(reason, index + 1))
    const valueIn = (each: string): Value => {
      const components = component === '' ? [each] : splitReleased(each, component, release)
      return components.length === 1 ? leaf(each) : components.map(leaf)
    }
    const values = repetition === '' ? [part] : splitReleased(part, repetition, release)
    return values.length === 1 ? valueIn(part) : { repeated: values.map(valueIn) }
  })
}

/** As `split`, but separators behind a release character are text. The release characters stay. */
function splitReleased(text: string, separator: string, release: string): string[] {
  if (!text.includes(release)) return text.split(separator)
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === release) at++
    else if (character === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** What stands before anything but a separator is no release: whether it is text or a slip cannot be known. */
function released(text: string, separators: Separators, fault: (reason: string) => void): string {
  const { release } = separators
  let at = text.indexOf(release)
  if (at === -1) return text
  let plain = ''
  let start = 0
  for (; at !== -1; at = text.indexOf(release, at + 2)) {
    const next = text.charAt(at + 1)
    if (next === '' || !isService(next, separators))
      fault(`a release character before ${next === '' ? 'nothing' : JSON.stringify(next)}, which needs none`)
    plain += text.slice(start, at)
    start = at + 1
  }
  return plain + text.slice(start)
}

function isService(character: string, separators: Separators): boolean {
  const { segment, element, component, repetition, release, tag } = separators
  return [segment, element, component, repetition, release, tag].includes(character)
}

/** The text of a segment with its terminator. Throws through `refuse` for what a text cannot hold. */
export function segmentText(
  { tag, elements }: Segment,
  separators: Separators,
  refuse: (reason: string, element: number) => never,
): string {
  const { element, component, repetition, release, segment } = separators
  const services = [segment, element, component, repetition, release].filter(each => each !== '')
  const escaped = (text: string, number: number): string => {
    if (!services.some(service => text.includes(service))) return text
    if (release === '')
      refuse('a separator within the text, and this syntax has no release character', number)
    return [...text].map(each => (services.includes(each) ? release + each : each)).join('')
  }
  const valueText = (value: Value, number: number): string => {
    if (typeof value === 'string') return escaped(value, number)
    if (component === '' || value.length < 2) refuse('a composite has two components at least', number)
    return value.map(each => escaped(each, number)).join(component)
  }
  const texts = elements.map((each, index) => {
    if (typeof each === 'string' || !('repeated' in each)) return valueText(each, index + 1)
    if (repetition === '') refuse('this interchange has no repetition separator', index + 1)
    if (each.repeated.length < 2) refuse('what is repeated is there twice at least', index + 1)
    return each.repeated.map(value => valueText(value, index + 1)).join(repetition)
  })
  const body = texts.length === 0 ? '' : separators.tag + texts.join(element)
  return tag + body + segment
}
