import { type Code, propertyName } from '../code.ts'
import type { Contract, ContractChannel, ContractModel } from '../contract.ts'
import { camelled, identifiers, type Names } from '../names.ts'
import { docComment, lineComment } from './comment.ts'
import { call, type Item, type Layout, object, print } from './layout.ts'
import { orderOf } from './order.ts'
import { type Refer, schemaCode, valueCode } from './schema-code.ts'

export interface ModuleOptions {
  /** Lower-case words joined by hyphens. */
  readonly system: string
  /** Written above everything: how the module was made. */
  readonly heading: string
}

/** A sound contract as one TypeScript module: the system, its models, its channels. The same text for the same contract. */
export function writeModule(contract: Contract, options: ModuleOptions): string {
  const imports = importsOf(contract)
  const writer = new ModuleWriter(identifiers([...imports.values()].flat()), contract, options.system)
  const { title, version = '' } = contract
  const heading = [...lineComment(options.heading), ...lineComment(`From: ${`${title} ${version}`.trim()}.`)]
  const blocks = [
    heading.join('\n'),
    [...imports].map(([entry, names]) => `import { ${names.join(', ')} } from '${entry}'`).join('\n'),
    ...(contract.connector ? [writer.system()] : []),
    ...writer.models(),
    ...contract.channels.map(channel => writer.channel(channel)),
  ]
  return `${blocks.filter(Boolean).join('\n\n')}\n`
}

/** Entry point to names, both sorted. */
function importsOf({ connector, models, channels }: Contract): Map<string, string[]> {
  const used = new Map<string, string>()
  const codes = [connector?.options ?? {}, ...channels.map(channel => channel.options)].flatMap(
    Object.values<Code>,
  )
  for (const { imports } of codes) for (const [name, entry] of imports) used.set(name, entry)
  for (const { effect } of channels) if (effect && !effect.implied) used.set(effect.kind, 'isthmus')
  for (const name of models.length > 0 ? ['Type', 'model'] : []) used.set(name, 'isthmus')
  if (connector) used.set('system', 'isthmus').set(connector.factory, connector.entry)
  const entries = [...new Set(used.values())].sort()
  const namesOf = (entry: string) =>
    [...used].flatMap(([name, from]) => (from === entry ? [name] : [])).sort(byLetter)
  return new Map(entries.map(entry => [entry, namesOf(entry)]))
}

function byLetter(one: string, other: string): number {
  return one.toLowerCase() < other.toLowerCase() ? -1 : 1
}

class ModuleWriter {
  readonly #names: Names
  readonly #contract: Contract
  readonly #system: string
  readonly #systemName: string
  /** The constants of models, and of schemas that others hold. */
  readonly #constants: ReadonlyMap<string, string>
  readonly #schemas = new Map<string, string>()

  constructor(names: Names, contract: Contract, system: string) {
    this.#names = names
    this.#contract = contract
    this.#system = system
    this.#systemName = names.take(
      names.has(camelled(system)) ? `${camelled(system)}System` : camelled(system),
    )
    this.#constants = new Map(
      contract.models.map(({ name }) => [name, names.take(names.has(name) ? `${name}Model` : name)]),
    )
  }

  system(): string {
    const { factory = '', options = {} } = this.#contract.connector ?? {}
    const connector = call(factory, object(optionItems(options)))
    const items = [{ code: "kind: 'other'" }, { code: ['connector: ', connector] as Layout }]
    return constant(this.#systemName, call('system', valueCode(this.#system), object(items)))
  }

  models(): string[] {
    const { plain, linked, shared } = orderOf(this.#contract.models)
    const held: Refer = name => this.#schemas.get(name) ?? call('Type.Ref', valueCode(name))
    const written = plain.map(model => {
      const schema = schemaCode(model.schema, held)
      if (!shared.has(model.name)) return this.#model(model, schema)
      const name = this.#names.take(`${camelled(model.name)}Schema`)
      this.#schemas.set(model.name, name)
      return `const ${name} = ${print(schema, 0, name.length + 9)}\n\n${this.#model(model, name)}`
    })
    return [...written, ...this.#linked(linked, held)]
  }

  /** Models that refer to one another by name, together. */
  #linked(models: readonly ContractModel[], held: Refer): string[] {
    if (models.length === 0) return []
    const items = models.map(({ name, schema, description }) => ({
      code: [`${name}: `, schemaCode(schema, held)],
      above: docComment(description),
    }))
    const types = `${lineComment('Models that contain one another.').join('\n')}\nconst types = ${print(object(items), 0, 14)}`
    return [
      types,
      ...models.map(model => this.#model(model, call('Type.Cyclic', 'types', valueCode(model.name)))),
    ]
  }

  #model({ name, key, description, origin }: ContractModel, schema: Layout): string {
    const items: Item[] = [{ code: 'version: 1' }]
    if (key !== undefined) items.push({ code: ['key: ', valueCode(key)] })
    items.push({ code: ['schema: ', schema] })
    const made = call('model', valueCode(name), object(items))
    const comments = docComment(description ?? (origin === name ? undefined : origin))
    return [...comments, constant(this.#constants.get(name) as string, made)].join('\n')
  }

  channel(channel: ContractChannel): string {
    const { name, factory, role, description, origin, options, effect } = channel
    const models = [channel.model, channel.answer].map(each => each && this.#constants.get(each))
    const items = optionItems(options)
    if (role === 'requester') {
      if (models[0]) items.push({ code: `request: ${models[0]}` })
      if (models[1]) items.push({ code: `response: ${models[1]}` })
    }
    if (effect && !effect.implied)
      items.push({ code: `effect: ${effect.kind}`, above: lineComment(effect.why) })
    const given = role === 'requester' ? [] : [models[0] ?? 'undefined']
    const wanted = camelled(name)
    const identifier = this.#names.take(this.#names.has(wanted) ? `${wanted}Channel` : wanted)
    const made = call(`${this.#systemName}.${factory}`, valueCode(name), ...given, object(items))
    const text = description ? `${origin}: ${description}` : origin
    const implied = effect?.implied ? lineComment(effect.why) : []
    return [...docComment(text), ...implied, constant(identifier, made)].join('\n')
  }
}

function optionItems(options: Readonly<Record<string, Code>>): Item[] {
  return Object.entries(options).map(([name, { text }]) => ({ code: `${propertyName(name)}: ${text}` }))
}

function constant(name: string, value: Layout): string {
  const start = `export const ${name} = `
  return start + print(value, 0, start.length)
}
