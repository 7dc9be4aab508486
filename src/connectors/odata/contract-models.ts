import type { ContractModel } from '../../contract/contract.ts'
import type { JsonSchema } from '../../model/schema-validator.ts'
import type { Names } from './contract-names.ts'
import type { Edm, EdmProperty, EdmType, EdmTyped } from './edm.ts'

/** A model for each entity type and complex type. What belongs to a record may be nested in it, for deep insert. */
export function modelsOf(edm: Edm, names: Names): ContractModel[] {
  return [...edm.types.values()].map(type => {
    const [key, ...others] = type.keys
    return {
      name: names.modelOf(type.name) ?? type.name,
      schema: schemaOfType(type, edm, names),
      ...(type.description !== undefined && { description: type.description }),
      ...(key !== undefined && others.length === 0 && { key }),
      origin: type.name,
    }
  })
}

function schemaOfType(type: EdmType, edm: Edm, names: Names): JsonSchema {
  const properties: Record<string, JsonSchema> = {}
  for (const property of type.properties.values()) properties[property.name] = schemaOf(property, edm, names)
  for (const navigation of type.navigations.values()) {
    const target = names.modelOf(navigation.type)
    if (target === undefined) continue
    const one = { $ref: `#/$defs/${target}` }
    properties[navigation.name] = navigation.collection
      ? { type: 'array', items: one }
      : { anyOf: [one, { type: 'null' }] }
  }
  const required = [...type.properties.values()].filter(mustBeGiven).map(({ name }) => name)
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** What a new record cannot do without: the service neither makes it nor has a default for it. */
function mustBeGiven({ nullable, computed, default: usual }: EdmProperty): boolean {
  return !nullable && !computed && usual === undefined
}

/** The schema of a value as the connector has it in data. */
export function schemaOf(typed: EdmTyped & Partial<EdmProperty>, edm: Edm, names: Names): JsonSchema {
  const one = schemaOfOne(typed, edm, names)
  const described = typed.description === undefined ? {} : { description: typed.description }
  if (typed.collection) return { type: 'array', items: one, ...described }
  if (!typed.nullable) return { ...one, ...described }
  if (typeof one.type === 'string' && one.enum === undefined)
    return { ...one, type: [one.type, 'null'], ...described }
  return Object.keys(one).length === 0 ? described : { anyOf: [one, { type: 'null' }], ...described }
}

function schemaOfOne(
  { type, maxLength }: EdmTyped & Partial<EdmProperty>,
  edm: Edm,
  names: Names,
): JsonSchema {
  const model = names.modelOf(type)
  if (model !== undefined) return { $ref: `#/$defs/${model}` }
  const members = edm.enums.get(type)
  if (members) return members.flags ? { type: 'string' } : { type: 'string', enum: [...members.members] }
  if (type === 'Edm.String') return { type: 'string', ...(maxLength !== undefined && { maxLength }) }
  if (type === 'Edm.TimeOfDay' || type === 'Edm.Time') return timeOfDay
  return (Object.hasOwn(schemas, type) && schemas[type]) || {}
}

const integer = (minimum: number, maximum: number) => ({ type: 'integer', minimum, maximum })
const timeOfDay = { type: 'string', pattern: '^\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?$' }

/** Decimals and 64-bit integers are text, so that no digit is lost. */
const schemas: Readonly<Record<string, JsonSchema>> = {
  'Edm.Decimal': { type: 'string', pattern: '^-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?$' },
  'Edm.Int64': { type: 'string', pattern: '^-?\\d+$' },
  'Edm.Int32': integer(-2147483648, 2147483647),
  'Edm.Int16': integer(-32768, 32767),
  'Edm.SByte': integer(-128, 127),
  'Edm.Byte': integer(0, 255),
  'Edm.Boolean': { type: 'boolean' },
  'Edm.Guid': { type: 'string', format: 'uuid' },
  'Edm.Date': { type: 'string', format: 'date' },
  'Edm.DateTimeOffset': { type: 'string', format: 'date-time' },
  'Edm.DateTime': {
    type: 'string',
    pattern: '^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?)?Z?$',
  },
  'Edm.Duration': { type: 'string', format: 'duration' },
  'Edm.Binary': { type: 'string' },
  // Beside numbers, INF and NaN are text.
  'Edm.Double': { anyOf: [{ type: 'number' }, { enum: ['INF', '-INF', 'NaN'] }] },
  'Edm.Single': { anyOf: [{ type: 'number' }, { enum: ['INF', '-INF', 'NaN'] }] },
}
