import type { JsonSchema } from '../../model/schema-validator.ts'
import type { ComplexType, SimpleType } from './components.ts'
import { keyOf, xsdNamespace } from './qname.ts'

/** A type that XML Schema itself defines. Source: XML Schema part 2, lexical representations. */
export interface Builtin {
  /** What its values are in data. Numbers that JavaScript cannot hold in general are text. */
  readonly kind: 'text' | 'number' | 'boolean'
  /** What may be written; anything where absent. */
  readonly lexical?: RegExp
  /** Numbers whose facets compare, and which are written without exponent. */
  readonly decimal?: boolean
  readonly schema: JsonSchema
}

const zone = '(?:Z|[+-](?:0\\d|1[0-4]):[0-5]\\d)?'
const day = '-?\\d{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])'
const time = '(?:[01]\\d|2[0-4]):[0-5]\\d:[0-5]\\d(?:\\.\\d+)?'
const whole = '^[+-]?\\d+$'
const fraction = '^[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)$'

const plain: Builtin = { kind: 'text', schema: { type: 'string' } }

function text(pattern: string, extra: JsonSchema = {}): Builtin {
  return { kind: 'text', lexical: new RegExp(pattern, 'u'), schema: { type: 'string', pattern, ...extra } }
}

function integer(minimum: number, maximum: number): Builtin {
  const lexical = new RegExp(whole)
  return { kind: 'number', lexical, decimal: true, schema: { type: 'integer', minimum, maximum } }
}

const bigInteger: Builtin = { ...text(whole), decimal: true }
const float: Builtin = {
  kind: 'number',
  lexical: /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?INF|NaN)$/,
  schema: { anyOf: [{ type: 'number' }, { enum: ['INF', '-INF', 'NaN'] }] },
}

const builtins: Readonly<Record<string, Builtin>> = {
  string: plain,
  normalizedString: plain,
  token: plain,
  language: plain,
  Name: plain,
  NCName: plain,
  NMTOKEN: plain,
  NMTOKENS: plain,
  ID: plain,
  IDREF: plain,
  IDREFS: plain,
  ENTITY: plain,
  ENTITIES: plain,
  QName: plain,
  NOTATION: plain,
  anyURI: plain,
  anySimpleType: plain,
  anyAtomicType: plain,
  boolean: { kind: 'boolean', lexical: /^(?:true|false|0|1)$/, schema: { type: 'boolean' } },
  decimal: { ...text(fraction), decimal: true },
  integer: bigInteger,
  nonNegativeInteger: { ...text('^\\+?\\d+$'), decimal: true },
  positiveInteger: { ...text('^\\+?0*[1-9]\\d*$'), decimal: true },
  nonPositiveInteger: { ...text('^(?:-\\d+|\\+?0+)$'), decimal: true },
  negativeInteger: { ...text('^-0*[1-9]\\d*$'), decimal: true },
  long: bigInteger,
  unsignedLong: { ...text('^\\+?\\d+$'), decimal: true },
  int: integer(-(2 ** 31), 2 ** 31 - 1),
  short: integer(-(2 ** 15), 2 ** 15 - 1),
  byte: integer(-128, 127),
  unsignedInt: integer(0, 2 ** 32 - 1),
  unsignedShort: integer(0, 2 ** 16 - 1),
  unsignedByte: integer(0, 255),
  float,
  double: float,
  date: text(`^${day}${zone}$`),
  dateTime: text(`^${day}T${time}${zone}$`),
  dateTimeStamp: text(`^${day}T${time}${zone}$`),
  time: text(`^${time}${zone}$`),
  gYear: text(`^-?\\d{4,}${zone}$`),
  gYearMonth: text(`^-?\\d{4,}-(?:0[1-9]|1[0-2])${zone}$`),
  gMonth: text(`^--(?:0[1-9]|1[0-2])${zone}$`),
  gMonthDay: text(`^--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\\d|3[01])${zone}$`),
  gDay: text(`^---(?:0[1-9]|[12]\\d|3[01])${zone}$`),
  duration: text(
    '^-?P(?=.)(?:\\d+Y)?(?:\\d+M)?(?:\\d+D)?(?:T(?=.)(?:\\d+H)?(?:\\d+M)?(?:\\d+(?:\\.\\d+)?S)?)?$',
  ),
  base64Binary: {
    kind: 'text',
    lexical: /^[A-Za-z0-9+/]*={0,2}$/,
    schema: { type: 'string', contentEncoding: 'base64' },
  },
  hexBinary: text('^(?:[0-9A-Fa-f]{2})*$'),
}

/** Limits of whole numbers beyond what a pattern says. */
const ranges: Readonly<Record<string, SimpleType['facets']>> = {
  long: { minInclusive: '-9223372036854775808', maxInclusive: '9223372036854775807' },
  unsignedLong: { maxInclusive: '18446744073709551615' },
  int: { minInclusive: '-2147483648', maxInclusive: '2147483647' },
  short: { minInclusive: '-32768', maxInclusive: '32767' },
  byte: { minInclusive: '-128', maxInclusive: '127' },
  unsignedInt: { minInclusive: '0', maxInclusive: '4294967295' },
  unsignedShort: { minInclusive: '0', maxInclusive: '65535' },
  unsignedByte: { minInclusive: '0', maxInclusive: '255' },
}

export function builtinOf(type: SimpleType): Builtin {
  return builtins[type.builtin] ?? plain
}

/** The built-in type of this local name. */
export function builtinType(name: string): SimpleType | undefined {
  return types.get(name)
}

const types: ReadonlyMap<string, SimpleType> = new Map(
  Object.keys(builtins).map(name => [
    name,
    { kind: 'simple', key: keyOf(xsdNamespace, name), builtin: name, facets: ranges[name] ?? {} },
  ]),
)

export const textType = types.get('string') as SimpleType

/** The type of elements that may hold anything. */
export const anyType: ComplexType = {
  kind: 'complex',
  key: keyOf(xsdNamespace, 'anyType'),
  abstract: false,
  base: undefined,
  mixed: true,
  text: undefined,
  particle: { kind: 'any', min: 0, max: Number.POSITIVE_INFINITY },
  attributes: [],
  anyAttribute: true,
}
