import type { GraphQLField, GraphQLNamedType, GraphQLOutputType } from 'graphql'
import type { JsonSchema } from '../../../model/schema-validator.ts'
import type { Graphql } from '../driver.ts'
import type { JsonTypes } from './json-types.ts'

/** What a generated document selects of a type, and what comes of it. `text` is '' for a leaf. */
interface Selected {
  readonly text: string
  readonly schema: JsonSchema
}

/** Objects below the answer whose leaves are selected: the answer itself, and what it holds. */
export const depth = 2

/**
 * Chooses what generated documents select: the leaves of the answer and of the objects that it holds. A connection and
 * its edges around the answer do not count. Deprecated fields and those that need arguments are left out.
 */
export class Selector {
  readonly #graphql: Graphql
  readonly #types: JsonTypes

  constructor(graphql: Graphql, types: JsonTypes) {
    this.#graphql = graphql
    this.#types = types
  }

  /** Undefined where nothing can be selected. */
  of(type: GraphQLOutputType): Selected | undefined {
    return this.#select(type, depth, true)
  }

  /** `outer`: only connections and edges are around it. */
  #select(type: GraphQLOutputType, left: number, outer: boolean): Selected | undefined {
    const named = this.#graphql.getNamedType(type)
    if (this.#graphql.isLeafType(named)) return { text: '', schema: this.#types.of(type) }
    if (left === 0) return undefined
    const inside = this.#graphql.isUnionType(named)
      ? this.#members(named.getTypes(), left)
      : this.#fields(named, left, outer)
    if (!inside) return undefined
    return { text: ` { ${inside.text} }`, schema: this.#types.of(type, () => inside.schema) }
  }

  #fields(type: GraphQLNamedType, left: number, outer: boolean): Selected | undefined {
    if (!this.#graphql.isObjectType(type) && !this.#graphql.isInterfaceType(type)) return undefined
    const around = outer && /(Connection|Edge)$/.test(type.name)
    const properties: [string, JsonSchema][] = []
    const texts: string[] = []
    for (const field of Object.values(type.getFields())) {
      const selected = this.#isFree(field) && this.#select(field.type, around ? left : left - 1, around)
      if (!selected) continue
      texts.push(field.name + selected.text)
      properties.push([field.name, selected.schema])
    }
    if (texts.length === 0) return undefined
    const required = properties.map(([name]) => name)
    return {
      text: texts.join(' '),
      schema: { type: 'object', properties: Object.fromEntries(properties), required },
    }
  }

  /** A field that means another type in another member is left out: a document cannot select both by one name. */
  #members(types: readonly GraphQLNamedType[], left: number): Selected {
    const meanings = new Map<string, string>()
    const parts: Selected[] = []
    for (const type of types) {
      if (!this.#graphql.isObjectType(type)) continue
      const fields = Object.values(type.getFields()).filter(field => {
        const meaning = meanings.get(field.name) ?? String(field.type)
        const isLeaf = this.#graphql.isLeafType(this.#graphql.getNamedType(field.type))
        if (!this.#isFree(field) || !isLeaf || meaning !== String(field.type)) return false
        return Boolean(meanings.set(field.name, meaning))
      })
      const typename = ['__typename', { const: type.name }] as const
      const properties = [typename, ...fields.map(each => [each.name, this.#types.of(each.type)] as const)]
      parts.push({
        text:
          fields.length === 0 || left === 0
            ? ''
            : `... on ${type.name} { ${fields.map(({ name }) => name).join(' ')} }`,
        schema: {
          type: 'object',
          properties: Object.fromEntries(properties),
          required: properties.map(([name]) => name),
        },
      })
    }
    return {
      text: ['__typename', ...parts.map(({ text }) => text).filter(Boolean)].join(' '),
      schema: { anyOf: parts.map(({ schema }) => schema) },
    }
  }

  #isFree({ args, deprecationReason }: GraphQLField<unknown, unknown>): boolean {
    return (
      (deprecationReason ?? undefined) === undefined &&
      !args.some(arg => this.#graphql.isRequiredArgument(arg))
    )
  }
}
