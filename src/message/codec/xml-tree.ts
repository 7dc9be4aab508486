import { IsthmusError } from '../../errors.ts'
import { forbiddenName, quoted, setOwn } from './codec.ts'
import { exactNumber, shortDecimal } from './exact-number.ts'
import { anyProperty, type Property, type Shape } from './xml-shape.ts'

export interface XmlLimits {
  readonly maxDepth: number
  /** Elements and attributes of one document. */
  readonly maxNodes: number
}

/** One element that is open. */
interface Frame {
  key: string
  property: Property
  object: Record<string, unknown> | undefined
  hasChildren: boolean
  attributes: number
  text: string
  isNil: boolean
  /** The namespace that each property came from, where a document has several. */
  origins: Map<string, string> | undefined
}

const maxAttributes = 256

/**
 * Makes plain data of a document's events: the one place where the convention of `xml()` is written down. Whoever
 * reports the events has checked that they are well-formed. Use one per document.
 */
export class XmlTree {
  /** The content of the root element, once that is closed. */
  data: unknown
  readonly #root: Property
  readonly #rootName: string | undefined
  readonly #limits: XmlLimits
  readonly #frames: Frame[] = []
  #depth = -1
  #nodes = 0

  /** `rootName`, if given, is the key that the root element must have. */
  constructor(root: Property, limits: XmlLimits, rootName: string | undefined) {
    this.#root = root
    this.#rootName = rootName
    this.#limits = limits
  }

  /** `namespace` is given where one document may have two elements of the same key and different namespaces. */
  open(key: string, namespace: string | undefined): void {
    if (key === forbiddenName) throw refused(`the name ${forbiddenName} is not allowed`)
    const parent = this.#frames[this.#depth]
    if (++this.#depth >= this.#limits.maxDepth) throw beyond('levels', this.#limits.maxDepth)
    this.#count()
    this.#frames[this.#depth] = newFrame(
      key,
      parent === undefined ? this.#root : childOf(parent.property.shape, key),
    )
    if (parent !== undefined) {
      parent.hasChildren = true
      if (namespace !== undefined) claim(parent, key, namespace)
    } else if (key !== (this.#rootName ?? key)) {
      throw refused(`the root element is ${quoted(key)} where ${quoted(this.#rootName ?? '')} is expected`)
    }
  }

  attribute(key: string, value: string): void {
    const frame = this.#frames[this.#depth] as Frame
    this.#count()
    if (++frame.attributes > maxAttributes) throw beyond('attributes of one element', maxAttributes)
    frame.object ??= {}
    if (Object.hasOwn(frame.object, key))
      throw refused(`the attribute ${quoted(key)} occurs twice in one element`)
    frame.object[key] = scalarOf(value, childOf(frame.property.shape, key).shape)
  }

  text(text: string): void {
    const frame = this.#frames[this.#depth]
    if (frame !== undefined) frame.text += text
  }

  /** The open element says that it has no value (xsi:nil). */
  nil(): void {
    const frame = this.#frames[this.#depth]
    if (frame !== undefined) frame.isNil = true
  }

  close(): void {
    const frame = this.#frames[this.#depth--] as Frame
    const value = frame.isNil ? null : contentOf(frame)
    const parent = this.#frames[this.#depth]
    if (parent === undefined) this.data = value
    else add(parent, frame, value)
  }

  #count(): void {
    if (++this.#nodes > this.#limits.maxNodes) throw beyond('elements and attributes', this.#limits.maxNodes)
  }
}

function newFrame(key: string, property: Property): Frame {
  return {
    key,
    property,
    object: undefined,
    hasChildren: false,
    attributes: 0,
    text: '',
    isNil: false,
    origins: undefined,
  }
}

function childOf(shape: Shape, key: string): Property {
  return shape.properties.get(key) ?? shape.rest ?? anyProperty
}

/** Two elements of one name and of two namespaces are two things; as one list they would be mistaken for each other. */
function claim(parent: Frame, key: string, namespace: string): void {
  parent.origins ??= new Map()
  const earlier = parent.origins.get(key) ?? namespace
  parent.origins.set(key, namespace)
  if (earlier === namespace) return
  throw refused(
    `${quoted(key)} occurs in two namespaces side by side; tell them apart by the option namespaces`,
  )
}

function add(parent: Frame, child: Frame, value: unknown): void {
  parent.object ??= {}
  const { key } = child
  if (!Object.hasOwn(parent.object, key)) {
    setOwn(parent.object, key, child.property.list ? [value] : value)
    return
  }
  const present = parent.object[key]
  if (Array.isArray(present)) present.push(value)
  else parent.object[key] = [present, value]
}

function contentOf(frame: Frame): unknown {
  const { shape } = frame.property
  const { object, text } = frame
  if (object === undefined && shape.kind !== 'object') return scalarOf(text, shape)
  const whole = object ?? {}
  const carriesText = frame.hasChildren || shape.kind === 'object' ? !isBlank(text) : text !== ''
  if (carriesText) whole['#text'] = scalarOf(text, childOf(shape, '#text').shape)
  for (const list of shape.lists) if (!Object.hasOwn(whole, list)) whole[list] = []
  return whole
}

/** A text as the schema wants it, if that is exact; else the text itself, for validation to refuse. */
export function scalarOf(text: string, shape: Shape): unknown {
  if (shape.kind === 'text') return text
  if (shape.nullable && text === '') return null
  if (shape.kind !== 'number' && shape.kind !== 'boolean') return text
  const short = shape.kind === 'number' ? shortDecimal(text) : undefined
  if (short !== undefined) return short
  const word = surroundedWord.exec(text)?.[1] ?? ''
  if (shape.kind === 'boolean') return words.get(word) ?? text
  return decimal.test(word) ? (exactNumber(word) ?? text) : text
}

const surroundedWord = /^[ \t\n\r]*([^ \t\n\r]+)[ \t\n\r]*$/
/** Source: XML Schema part 2, lexical forms of boolean, decimal and double. */
const words: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

function isBlank(text: string): boolean {
  return !/[^ \t\n\r]/.test(text)
}

/** The readers add the place. */
function refused(reason: string): IsthmusError {
  return new IsthmusError('MSG-DECODE', reason)
}

function beyond(what: string, limit: number): IsthmusError {
  return new IsthmusError('MSG-LIMIT', `XML with more than ${limit} ${what}`, { detail: { limit } })
}
