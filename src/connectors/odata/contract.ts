import type { ContractDocument, ContractProblem, ContractReader } from '../../contract/contract.ts'
import { unreadable } from '../../contract/open-document.ts'
import { IsthmusError, reasonOf } from '../../errors.ts'
import { connectorOptions, propose } from './contract-channels.ts'
import { modelsOf } from './contract-models.ts'
import { Names } from './contract-names.ts'
import type { Edm } from './edm.ts'
import { attribute, children, type Edmx, parseEdmx } from './edmx.ts'
import { edmOf } from './read-edm.ts'

/** Reads the `$metadata` of an OData service (EDMX), of V2, V3 or V4, and the documents whose types it uses. */
export const readEdmx: ContractReader = async (document, system) => {
  const problems: ContractProblem[] = []
  const own = parsed(document, [document.body])
  const edmx = parsed(document, await withReferences(document, own, new Set(), problems))
  const edm = edmOf(edmx)
  problems.push(...gapsIn(edm, document.location))
  const names = new Names(edm)
  const ofTypes = modelsOf(edm, names)
  const { models, channels } = propose(edm, names)
  const title = titleOf(own)
  return {
    format: 'odata',
    title,
    version: edm.version,
    connector: { entry: 'isthmus/odata', factory: 'odata', options: connectorOptions(edm, system ?? title) },
    models: [...ofTypes, ...models],
    channels,
    counts: countsOf(own),
    problems,
  }
}

/**
 * The bodies of a document and of those whose types it uses. Vocabularies, which describe and define nothing, are not
 * needed; what is needed and cannot be loaded is a problem.
 */
async function withReferences(
  document: ContractDocument,
  edmx: Edmx,
  seen: Set<string>,
  problems: ContractProblem[],
): Promise<Uint8Array[]> {
  const bodies = [document.body]
  const known = new Set(edmx.schemas.map(schema => attribute(schema, 'Namespace')))
  const wanted = new Set(usedTypes(edmOf(edmx)).map(namespaceOf))
  for (const { uri, namespaces } of edmx.references) {
    const needed = namespaces.filter(each => wanted.has(each) && !known.has(each))
    if (needed.length === 0 || seen.has(uri)) continue
    seen.add(uri)
    try {
      const other = await document.load(uri)
      bodies.push(...(await withReferences(other, parsed(other, [other.body]), seen, problems)))
    } catch (error) {
      if (!(error instanceof IsthmusError) || error.code !== 'CONTRACT-REFERENCE') throw error
      problems.push({
        place: document.location,
        problem: `${needed.join(', ')} is missing: ${reasonOf(error)}`,
      })
    }
  }
  return bodies
}

function parsed({ location }: ContractDocument, bodies: readonly Uint8Array[]): Edmx {
  let edmx: Edmx
  try {
    edmx = parseEdmx(bodies)
  } catch (error) {
    const line = error instanceof IsthmusError ? error.detail.line : undefined
    throw unreadable(location, reasonOf(error), typeof line === 'number' ? line : undefined)
  }
  if (edmx.schemas.length > 0) return edmx
  throw unreadable(location, 'it is an Edmx document without a schema')
}

/** Qualified names of types, wherever they are used. */
function usedTypes({ types, sets, operations }: Edm): string[] {
  const typed = [...types.values()].flatMap(each => [
    ...each.properties.values(),
    ...each.navigations.values(),
  ])
  const parameters = operations.flatMap(({ binding, parameters, returns }) => [
    binding,
    ...parameters,
    returns,
  ])
  const bases = [...types.values()].flatMap(({ base }) => base ?? [])
  const named = [...typed, ...parameters].flatMap(each => each?.type ?? [])
  const used = new Set([...named, ...bases, ...[...sets.values()].map(({ type }) => type)])
  return [...used].filter(name => !name.startsWith('Edm.'))
}

/** What is used and nowhere described; it is left out, or may be anything. */
function gapsIn(edm: Edm, place: string): ContractProblem[] {
  const missing = usedTypes(edm).filter(name => !edm.types.has(name) && !edm.enums.has(name))
  const bound = edm.operations.filter(({ binding, imported }) => (binding ? binding.collection : !imported))
  return [
    ...missing.map(name => ({ place, problem: `the type ${name} is used and not described` })),
    ...bound.map(({ qualified, binding }) => ({
      place,
      problem: binding
        ? `${qualified} is bound to a whole set, which is not called`
        : `${qualified} is imported nowhere, and cannot be called`,
    })),
  ]
}

/** The namespace of the container, which is what people call the service. */
function titleOf({ schemas }: Edmx): string {
  const home = schemas.find(schema => children(schema, 'EntityContainer').length > 0) ?? schemas[0]
  return (home && attribute(home, 'Namespace')) ?? 'OData service'
}

/** In the words of the format; kinds that do not occur are left out. */
function countsOf({ schemas }: Edmx): Record<string, number> {
  const all = (name: string) => schemas.flatMap(schema => children(schema, name))
  const types = [...all('EntityType'), ...all('ComplexType')]
  const containers = all('EntityContainer')
  const within = (name: string) => containers.flatMap(container => children(container, name))
  const counts = {
    'entity types': all('EntityType'),
    'complex types': all('ComplexType'),
    'enum types': all('EnumType'),
    'type definitions': all('TypeDefinition'),
    properties: types.flatMap(type => children(type, 'Property')),
    'navigation properties': types.flatMap(type => children(type, 'NavigationProperty')),
    associations: all('Association'),
    functions: all('Function'),
    actions: all('Action'),
    'entity sets': within('EntitySet'),
    singletons: within('Singleton'),
    'function imports': within('FunctionImport'),
    'action imports': within('ActionImport'),
  }
  const found = Object.entries(counts).filter(([, elements]) => elements.length > 0)
  return Object.fromEntries(found.map(([kind, elements]) => [kind, elements.length]))
}

function namespaceOf(qualified: string): string {
  return qualified.slice(0, Math.max(0, qualified.lastIndexOf('.')))
}
