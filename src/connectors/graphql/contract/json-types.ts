import type { GraphQLInputObjectType, GraphQLNamedType, GraphQLScalarType, GraphQLType } from 'graphql'
import type { JsonSchema } from '../../../model/schema-validator.ts'
import type { Graphql } from '../driver.ts'

/** By name of a scalar, in lower case. Decimals and long whole numbers are text, so that no digit is lost. */
const scalars: readonly (readonly [RegExp, JsonSchema])[] = [
  [/^int$|^(positive|negative|non\w*|unsigned|safe)int$|^(short|byte)$/, { type: 'integer' }],
  [/^float$|^(positive|negative|non\w*)float$|^double$/, { type: 'number' }],
  [/^boolean$/, { type: 'boolean' }],
  [/^(string|id)$/, { type: 'string' }],
  [/decimal|money|numeric|currencyamount|bignumber/, { type: 'string' }],
  [/bigint|long|int64/, { type: 'string' }],
  [/^(datetime|timestamptz|datetimeiso)$/, { type: 'string', format: 'date-time' }],
  // Servers write times into a `Date` as well as days.
  [/^(date|time|localtime|localdate|localdatetime|duration|timestamp)$/, { type: 'string' }],
  [/^(uuid|guid)$/, { type: 'string', format: 'uuid' }],
  [/^(url|uri|html|jsonstring|email|emailaddress|base64|formattedstring)$/, { type: 'string' }],
]

/** Undefined for a scalar whose values nobody knows. */
export function scalarSchema(scalar: GraphQLScalarType): JsonSchema | undefined {
  const name = scalar.name.toLowerCase()
  return scalars.find(([pattern]) => pattern.test(name))?.[1]
}

/** Writes types as JSON Schema, with references to the models of named types. */
export class JsonTypes {
  readonly #graphql: Graphql
  readonly #modelOf: (type: GraphQLNamedType) => string

  constructor(graphql: Graphql, modelOf: (type: GraphQLNamedType) => string) {
    this.#graphql = graphql
    this.#modelOf = modelOf
  }

  /** `named` writes the named type inside; by default it is a scalar's values or a reference. */
  of(type: GraphQLType, named = (each: GraphQLNamedType) => this.named(each)): JsonSchema {
    const { isNonNullType } = this.#graphql
    return isNonNullType(type) ? this.#present(type.ofType, named) : nullable(this.#present(type, named))
  }

  named(type: GraphQLNamedType): JsonSchema {
    if (this.#graphql.isScalarType(type)) return scalarSchema(type) ?? {}
    return { $ref: `#/$defs/${this.#modelOf(type)}` }
  }

  /** What stands for a named type that is no scalar. Of an object nothing is required: a document selects what comes. */
  model(type: GraphQLNamedType): JsonSchema {
    const { isEnumType, isInputObjectType, isUnionType, isObjectType, isInterfaceType } = this.#graphql
    if (isEnumType(type)) return { type: 'string', enum: type.getValues().map(({ name }) => name) }
    if (isInputObjectType(type)) return this.inputs(Object.values(type.getFields()))
    if (isUnionType(type)) return { anyOf: type.getTypes().map(each => this.named(each)) }
    if (!isObjectType(type) && !isInterfaceType(type)) return {}
    const fields = Object.values(type.getFields()).map(field => [field.name, this.of(field.type)] as const)
    return { type: 'object', properties: Object.fromEntries(fields) }
  }

  /** Of an input, or of arguments. */
  inputs(fields: readonly Input[]): JsonSchema {
    const properties = Object.fromEntries(fields.map(({ name, type }) => [name, this.of(type)]))
    const required = fields.filter(field => this.#graphql.isRequiredInputField(field)).map(({ name }) => name)
    return {
      type: 'object',
      properties,
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    }
  }

  #present(type: GraphQLType, named: (each: GraphQLNamedType) => JsonSchema): JsonSchema {
    if (this.#graphql.isListType(type)) return { type: 'array', items: this.of(type.ofType, named) }
    return named(type as GraphQLNamedType)
  }
}

export type Input = ReturnType<GraphQLInputObjectType['getFields']>[string]

function nullable(schema: JsonSchema): JsonSchema {
  const { type } = schema
  if (Object.keys(schema).length === 0) return schema
  if (typeof type === 'string' && !('enum' in schema)) return { ...schema, type: [type, 'null'] }
  return { anyOf: [schema, { type: 'null' }] }
}
