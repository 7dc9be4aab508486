import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { IsthmusError, reasonOf } from '../../errors.ts'
import type { Document } from './config.ts'
import type { Graphql } from './driver.ts'

/** A document that has been read. */
export interface Operation {
  readonly text: string
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly name: string | undefined
  /** Names of the variables that it declares. */
  readonly variables: ReadonlySet<string>
  /** Whether it selects a field at a dotted path, in any fragment. */
  selects(path: string): boolean
}

/**
 * Reads the document of a channel. Throws FLOW-DEFINITION unless it holds exactly one operation, of the kind that the
 * channel needs and, where there is a schema, as the schema allows.
 */
export function readOperation(
  graphql: Graphql,
  document: Document<never>,
  how: { channel: string; kind: Operation['kind']; schema: GraphQLSchema | undefined },
): Operation {
  const refuse = (problem: string): never => {
    throw new IsthmusError('FLOW-DEFINITION', `The document of ${how.channel} ${problem}.`)
  }
  const tree = parse(graphql, document, refuse)
  const operations = tree.definitions.filter(({ kind }) => kind === graphql.Kind.OPERATION_DEFINITION)
  const [operation] = operations as OperationDefinitionNode[]
  if (operation === undefined || operations.length > 1)
    return refuse(`holds ${operations.length} operations; it has to be one`)
  if (operation.operation !== how.kind) refuse(`is a ${operation.operation}, and has to be a ${how.kind}`)
  const [problem] = how.schema ? graphql.validate(how.schema, tree) : []
  if (problem) refuse(`does not fit the schema: ${placed(problem)}`)
  return {
    text: graphql.print(tree),
    kind: operation.operation,
    name: operation.name?.value,
    variables: new Set(operation.variableDefinitions?.map(({ variable }) => variable.name.value)),
    selects: path => selects(tree, operation.selectionSet, path.split('.')),
  }
}

function parse(
  graphql: Graphql,
  document: Document<never>,
  refuse: (problem: string) => never,
): DocumentNode {
  if (typeof document === 'object' && 'definitions' in document) return document as DocumentNode
  try {
    return graphql.parse(String(document))
  } catch (error) {
    if (error instanceof graphql.GraphQLError) return refuse(`cannot be read: ${placed(error)}`)
    return refuse(`cannot be read: ${reasonOf(error)}`)
  }
}

function placed(error: InstanceType<Graphql['GraphQLError']>): string {
  const [place] = error.locations ?? []
  return (place ? `line ${place.line}, column ${place.column}: ` : '') + error.message.replace(/\.$/, '')
}

/** A name stands for what it is called in the answer: its alias, if it has one. Fragments that go in circles end it. */
function selects(
  tree: DocumentNode,
  set: SelectionSetNode | undefined,
  path: readonly string[],
  within: readonly string[] = [],
): boolean {
  const [name, ...rest] = path
  if (name === undefined) return true
  return (set?.selections ?? []).some(selection => {
    if (selection.kind === 'Field')
      return (selection.alias ?? selection.name).value === name && selects(tree, selection.selectionSet, rest)
    if (selection.kind === 'InlineFragment') return selects(tree, selection.selectionSet, path, within)
    const fragment = selection.name.value
    if (within.includes(fragment)) return false
    const found = tree.definitions.find(
      each => each.kind === 'FragmentDefinition' && each.name.value === fragment,
    )
    const inside = found?.kind === 'FragmentDefinition' ? found.selectionSet : undefined
    return selects(tree, inside, path, [...within, fragment])
  })
}
