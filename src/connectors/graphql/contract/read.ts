import { basename } from 'node:path'
import type { GraphQLField, GraphQLNamedType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import { Code, code } from '../../../contract/code.ts'
import type {
  Contract,
  ContractChannel,
  ContractDocument,
  ContractModel,
  ContractProblem,
} from '../../../contract/contract.ts'
import type { EffectKind } from '../../../system/effect.ts'
import { type Graphql, loadGraphql } from '../driver.ts'
import { schemaOf } from '../schema.ts'
import { JsonTypes, scalarSchema } from './json-types.ts'
import { channelName, modelName, Names } from './names.ts'
import { Selector } from './selection.ts'

/**
 * Reads GraphQL SDL, or the JSON of an introspection. Every named type but scalars and roots becomes a model; every
 * field of a root becomes a channel with a document of its own, which selects the leaves of the answer and of the objects
 * that it holds, and with models of its variables and of exactly this answer. `system`: how settings are called.
 */
export async function readGraphql(document: ContractDocument, system?: string): Promise<Contract> {
  const graphql = await loadGraphql()
  const { schema, problems, lineOf } = schemaOf(graphql, document)
  const reader = new Reader(graphql, schema, type => {
    const line = lineOf(type)
    return line === undefined ? `${document.location}: ${type}` : `${document.location}:${line}`
  })
  const { models, channels } = reader.read()
  const title = basename(document.location).replace(/\.[^.]*$/, '')
  const setting = `${(system ?? title).toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_URL`
  return {
    format: 'graphql',
    title,
    connector: {
      entry: 'isthmus/graphql',
      factory: 'graphql',
      options: { url: code`${Code.imported('env', 'isthmus')}(${setting})` },
    },
    models,
    channels,
    counts: reader.counts,
    problems: [...problems, ...reader.problems],
  }
}

/** How the fields of a root are called. */
interface Kind {
  readonly kind: 'query' | 'mutation' | 'subscription'
  readonly root: GraphQLObjectType | null | undefined
  readonly factory: string
  readonly effect?: { readonly kind: EffectKind; readonly why: string }
}

class Reader {
  readonly problems: ContractProblem[] = []
  readonly #graphql: Graphql
  readonly #schema: GraphQLSchema
  readonly #place: (type: string) => string
  readonly #kinds: readonly Kind[]
  readonly #types: JsonTypes
  readonly #selector: Selector
  readonly #modelNames = new Names()
  readonly #channelNames = new Names('-')
  readonly #names = new Map<string, string>()
  readonly #models: ContractModel[] = []

  constructor(graphql: Graphql, schema: GraphQLSchema, place: (type: string) => string) {
    this.#graphql = graphql
    this.#schema = schema
    this.#place = place
    this.#types = new JsonTypes(graphql, type => this.#names.get(type.name) as string)
    this.#selector = new Selector(graphql, this.#types)
    const why = 'a mutation may happen twice if it is repeated, until its system says otherwise'
    this.#kinds = [
      {
        kind: 'query',
        root: schema.getQueryType(),
        factory: 'query',
        effect: { kind: 'read', why: 'a query changes nothing' },
      },
      {
        kind: 'mutation',
        root: schema.getMutationType(),
        factory: 'mutate',
        effect: { kind: 'irreversible', why },
      },
      { kind: 'subscription', root: schema.getSubscriptionType(), factory: 'subscribe' },
    ]
  }

  get counts(): Contract['counts'] {
    const [queries, mutations, subscriptions] = this.#kinds.map(
      ({ root }) => Object.keys(root?.getFields() ?? {}).length,
    ) as [number, number, number]
    return { types: this.#named().length, queries, mutations, subscriptions }
  }

  read(): Pick<Contract, 'models' | 'channels'> {
    const roots = new Set<unknown>(this.#kinds.map(({ root }) => root))
    const named = this.#named().filter(type => !roots.has(type))
    for (const type of named) this.#names.set(type.name, this.#nameOf(type))
    for (const type of [...roots]) if (type) this.#names.set((type as GraphQLObjectType).name, 'Root')
    for (const type of named) this.#takeOver(type)
    const channels = this.#kinds.flatMap(kind =>
      Object.values(kind.root?.getFields() ?? {}).flatMap(field => this.#channel(kind, field) ?? []),
    )
    return { models: this.#models, channels }
  }

  /** All types but those of introspection; the scalars that every schema has are among them. */
  #named(): GraphQLNamedType[] {
    return Object.values(this.#schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'))
  }

  #nameOf(type: GraphQLNamedType): string {
    return this.#graphql.isScalarType(type) ? type.name : this.#modelNames.take(modelName(type.name))
  }

  #takeOver(type: GraphQLNamedType): void {
    if (!this.#graphql.isScalarType(type)) {
      const name = this.#names.get(type.name) as string
      this.#add({
        name,
        schema: this.#types.model(type),
        origin: type.name,
        description: type.description ?? undefined,
      })
    } else if (!scalarSchema(type)) {
      const problem = `The scalar ${type.name} does not say what its values are; any value is taken`
      this.problems.push({ place: this.#place(type.name), problem })
    }
  }

  #add(model: ContractModel): string {
    this.#models.push(model)
    return model.name
  }

  #channel(how: Kind, field: GraphQLField<unknown, unknown>): ContractChannel | undefined {
    const { kind, root, factory, effect } = how
    const origin = `${root?.name}.${field.name}`
    const selected = this.#selector.of(field.type)
    if (!selected) {
      const problem = `${origin} is left out: all that it answers needs arguments, or is deprecated`
      this.problems.push({ place: this.#place(root?.name ?? ''), problem })
      return undefined
    }
    const name = modelName(field.name)
    const answer = this.#add({
      name: this.#modelNames.take(`${name}Answer`),
      schema: selected.schema,
      origin: `answer of ${origin}`,
    })
    const options = { document: code`${documentOf(kind, field, selected.text)}`, at: code`${field.name}` }
    const common = {
      name: this.#channelNames.take(channelName(field.name)),
      factory,
      description: field.description ?? undefined,
      origin,
    }
    if (kind === 'subscription')
      return { ...common, role: 'source', model: answer, options: { ...options, missed: code`${'lost'}` } }
    const model = this.#add({
      name: this.#modelNames.take(`${name}Variables`),
      schema: this.#types.inputs(field.args as never),
      origin: `arguments of ${origin}`,
    })
    return { ...common, role: 'requester', model, answer, effect, options }
  }
}

/** One operation for one field, with every argument as a variable. */
function documentOf(kind: string, { name, args }: GraphQLField<unknown, unknown>, selection: string): string {
  const variables = args.map(arg => `$${arg.name}: ${arg.type}`).join(', ')
  const passed = args.map(arg => `${arg.name}: $${arg.name}`).join(', ')
  const head = `${kind} ${modelName(name)}${variables && `(${variables})`}`
  return `${head} { ${name}${passed && `(${passed})`}${selection} }`
}
