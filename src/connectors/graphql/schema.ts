import type { DocumentNode, GraphQLSchema, IntrospectionQuery } from 'graphql'
import type { ContractDocument, ContractProblem } from '../../contract/contract.ts'
import { unreadable } from '../../contract/open-document.ts'
import { reasonOf } from '../../errors.ts'
import { json } from '../../message/codec/json.ts'
import { isObject } from './answer.ts'
import type { Graphql } from './driver.ts'

export interface ReadSchema {
  readonly schema: GraphQLSchema
  readonly problems: readonly ContractProblem[]
  /** The line at which a type is defined, where the document has lines. */
  readonly lineOf: (type: string) => number | undefined
}

/** Reads SDL, or the JSON of an introspection with or without `data` around it. Throws CONTRACT-UNREADABLE. */
export function schemaOf(graphql: Graphql, { body, location }: ContractDocument): ReadSchema {
  const text = decode(body, location)
  return /^\s*[{[]/.test(text) && !/^\s*\{\s*\w/.test(text)
    ? fromIntrospection(graphql, body, location)
    : fromSdl(graphql, text, location)
}

function decode(body: Uint8Array, location: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch {
    throw unreadable(location, 'it is not UTF-8')
  }
}

function fromIntrospection(graphql: Graphql, body: Uint8Array, location: string): ReadSchema {
  try {
    const value = json({ maxDepth: 200 }).decode(body)
    const inner = isObject(value) && isObject(value.data) ? value.data : value
    const schema = graphql.buildClientSchema(inner as IntrospectionQuery)
    graphql.assertValidSchema(schema)
    return { schema, problems: [], lineOf: () => undefined }
  } catch (error) {
    throw unreadable(location, `it is JSON, but no result of an introspection: ${reasonOf(error)}`)
  }
}

/** What breaks a rule, but can be read all the same, is told as a problem. */
function fromSdl(graphql: Graphql, text: string, location: string): ReadSchema {
  const document = parse(graphql, text, location)
  const lines = new Map<string, number>()
  const problems: ContractProblem[] = []
  const definitions = document.definitions.filter(each => {
    const isNamed = graphql.isTypeDefinitionNode(each) || each.kind === 'DirectiveDefinition'
    if (!isNamed) return true
    const name = (each.kind === 'DirectiveDefinition' ? '@' : '') + each.name.value
    const line = each.loc?.startToken.line ?? 1
    const first = lines.get(name)
    if (first === undefined) return Boolean(lines.set(name, line))
    const problem = `${name} is defined again, and this second definition is left out. The first is at line ${first}`
    problems.push({ place: `${location}:${line}`, problem })
    return false
  })
  const { schema, reason } = build(graphql, { ...document, definitions }, location)
  if (reason !== undefined) problems.push({ place: location, problem: reason })
  return { schema, problems, lineOf: type => lines.get(type) }
}

function parse(graphql: Graphql, text: string, location: string): DocumentNode {
  try {
    const document = graphql.parse(text)
    const found = document.definitions.find(({ kind }) => kind === 'OperationDefinition')
    if (!found) return document
    throw unreadable(location, 'it holds an operation, and is no schema', found.loc?.startToken.line)
  } catch (error) {
    if (!(error instanceof graphql.GraphQLError)) throw error
    throw unreadable(location, error.message, error.locations?.[0]?.line)
  }
}

/** `reason`: what is wrong with a schema that was built all the same. */
function build(
  graphql: Graphql,
  document: DocumentNode,
  location: string,
): { schema: GraphQLSchema; reason?: string } {
  let reason: string | undefined
  try {
    const schema = graphql.buildASTSchema(document)
    graphql.assertValidSchema(schema)
    return { schema }
  } catch (error) {
    reason = reasonOf(error)
  }
  try {
    const schema = graphql.buildASTSchema(document, { assumeValid: true, assumeValidSDL: true })
    if (schema.getQueryType()) return { schema, reason }
  } catch {
    // The first reason says more.
  }
  throw unreadable(location, reason)
}
