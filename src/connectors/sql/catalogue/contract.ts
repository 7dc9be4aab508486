import { Code, code } from '../../../contract/code.ts'
import type { Contract, ContractChannel, ContractModel, ContractProblem } from '../../../contract/contract.ts'
import { settingName } from '../../../contract/names.ts'
import type { JsonSchema } from '../../../model/schema-validator.ts'
import type { Dialect } from '../database.ts'
import { quoteTable } from '../identifier.ts'
import type { Catalogue, Relation } from './catalogue.ts'
import { columnSchema, isTime } from './column-schema.ts'

/** What is proposed for one table or view. */
interface Proposal {
  readonly models: readonly ContractModel[]
  readonly channels: readonly ContractChannel[]
  readonly problems: readonly ContractProblem[]
}

/** Names by which people call the time of the last change. */
const changeName =
  /^(last_?)?(update|updated|change|changed|modified|modification|modify|mtime|write)(_?(at|on|date|time|ts|datetime|timestamp))?$|^(aedat|gmt_modified)$/i

/** Tables of our own, which hold effect keys and answers. */
const ownTable = /^isthmus_(effects|answers)$/

export function contractOf(catalogue: Catalogue, title: string, dialect: Dialect, system: string): Contract {
  const relations = catalogue.relations.filter(({ name }) => !ownTable.test(name))
  const names = new Names()
  const proposals = relations.map(relation => propose(relation, names, dialect))
  const columns = relations.flatMap(relation => relation.columns)
  const tables = relations.filter(({ kind }) => kind === 'table')
  return {
    format: 'sql',
    title,
    connector: {
      entry: 'isthmus/sql',
      factory: 'sql',
      options: { url: code`${Code.imported('env', 'isthmus')}(${settingName(system, 'URL')})` },
    },
    models: proposals.flatMap(({ models }) => models),
    channels: proposals.flatMap(({ channels }) => channels),
    counts: {
      tables: tables.length,
      views: relations.length - tables.length,
      columns: columns.length,
      'primary keys': relations.filter(({ primary }) => primary.length > 0).length,
      'foreign keys': relations.reduce((sum, { foreign }) => sum + foreign.length, 0),
      'unique constraints': relations.reduce((sum, { uniques }) => sum + uniques.length, 0),
      enums: columns.filter(({ values }) => values !== undefined).length,
      procedures: catalogue.routines.length,
    },
    problems: [
      ...proposals.flatMap(({ problems }) => problems),
      ...catalogue.routines.map(name => ({
        place: `procedure ${name}`,
        problem: 'no channel is proposed, since what it does cannot be told: declare it with "procedure"',
      })),
    ],
  }
}

function propose(relation: Relation, names: Names, dialect: Dialect): Proposal {
  const { name, kind, primary } = relation
  const origin = `${kind} ${name}`
  const problems: ContractProblem[] = []
  const model: ContractModel = {
    name: names.model(name),
    schema: modelSchema(relation),
    description: relation.comment,
    key: primary.length === 1 ? primary[0] : undefined,
    origin,
  }
  if (name.includes('.') || !isWritable(name, relation))
    return { models: [model], channels: [], problems: [{ place: origin, problem: 'its names need a view' }] }
  const channels = [writing(relation, model, names), changes(relation, model, names)]
  const found = finding(relation, model, names, dialect)
  if (kind === 'table' && primary.length === 0)
    problems.push({
      place: origin,
      problem: 'it has no primary key: rows are only inserted, and not found by key',
    })
  return {
    models: found ? [model, found.model] : [model],
    channels: [...channels, found?.channel].filter(channel => channel !== undefined),
    problems,
  }
}

/** Longer names are read through a view. */
function isWritable(name: string, { columns }: Relation): boolean {
  return [name, ...columns.map(column => column.name)].every(each => Buffer.byteLength(each) <= 63)
}

function modelSchema({ columns, primary, uniques, foreign }: Relation): JsonSchema {
  const properties = columns.map(column => {
    const notes = [
      ...(primary.includes(column.name) && primary.length > 1 ? ['part of the primary key'] : []),
      ...uniques.filter(names => names.includes(column.name)).map(names => `unique (${names.join(', ')})`),
      ...foreign
        .filter(key => key.columns.includes(column.name))
        .map(key => `refers to ${key.table} (${key.references.join(', ')})`),
    ]
    return [column.name, columnSchema(column, notes)] as const
  })
  const required = columns.filter(({ nullable, optional }) => !nullable && !optional).map(({ name }) => name)
  return { type: 'object', properties: Object.fromEntries(properties), required }
}

function writing({ name, kind, primary }: Relation, model: ContractModel, names: Names) {
  if (kind === 'view') return undefined
  const isUpsert = primary.length > 0
  const mode = isUpsert ? 'upsert' : 'insert'
  const effect = {
    kind: 'idempotent',
    why: 'the effect key is kept in the same transaction, so a repeat writes nothing',
    implied: true,
  } as const
  return {
    name: names.channel(`${mode} ${name}`),
    factory: 'table',
    role: 'sink',
    model: model.name,
    effect,
    options: {
      table: code`${name}`,
      mode: code`${mode}`,
      ...(isUpsert && { key: code`${[...primary]}` }),
    },
    origin: model.origin,
  } satisfies ContractChannel
}

function changes({ name, columns, primary }: Relation, model: ContractModel, names: Names) {
  const [key] = primary
  if (key === undefined || primary.length > 1) return undefined
  const times = columns.filter(isTime)
  const time = times.find(({ touched }) => touched) ?? times.find(column => changeName.test(column.name))
  if (!time) return undefined
  const why = time.touched
    ? `the database itself sets ${time.name} whenever the row changes`
    : `the name of ${time.name} says that it changes whenever the row does: make sure that it does`
  return {
    name: names.channel(`changed ${name}`),
    factory: 'changes',
    role: 'source',
    model: model.name,
    options: { table: code`${name}`, cursor: code`${{ time: time.name, key }}` },
    description: `Proposed because ${why}. Deletions are not seen.`,
    origin: model.origin,
  } satisfies ContractChannel
}

/** One row by its primary key. */
function finding(relation: Relation, answer: ContractModel, names: Names, { quote }: Dialect) {
  const { name, primary, columns } = relation
  if (primary.length === 0) return undefined
  const properties = Object.fromEntries(
    columns
      .filter(column => primary.includes(column.name))
      .map(column => [column.name, columnSchema(column, [])]),
  )
  const model: ContractModel = {
    name: names.model(`${name} key`),
    schema: { type: 'object', properties, required: [...primary] },
    origin: answer.origin,
  }
  const fields = columns.map(column => quote(column.name)).join(', ')
  const begin = `select ${fields} from ${quoteTable(name, quote)} where `
  const pieces = primary.flatMap((column, index) => [
    `${index === 0 ? begin : ' and '}${quote(column)} = `,
    Code.property('key', column),
  ])
  const sql = code`${Code.imported('sqlText', 'isthmus/sql')}${Code.template(pieces)}`
  const channel: ContractChannel = {
    name: names.channel(`find ${name}`),
    factory: 'query',
    role: 'requester',
    model: model.name,
    answer: answer.name,
    effect: { kind: 'read', why: 'it is a query', implied: true },
    options: { one: code`${true}`, sql: code`key => ${sql}` },
    origin: answer.origin,
  }
  return { model, channel }
}

/** Makes names unique. Letters of any script stay in models' names where TypeScript takes them. */
class Names {
  readonly #taken = new Set<string>()

  model(text: string): string {
    const words = text.split(/[^A-Za-z0-9]+/).filter(word => word !== '')
    const joined = words.map(word => `${word[0]?.toUpperCase()}${word.slice(1)}`).join('')
    return this.#unique(/^[A-Z]/.test(joined) ? joined : `Table${joined}`, '')
  }

  channel(text: string): string {
    return this.#unique(
      text
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '') || 'table',
      '-',
    )
  }

  #unique(name: string, joint: string): string {
    let unique = name
    for (let number = 2; this.#taken.has(unique); number++) unique = `${name}${joint}${number}`
    this.#taken.add(unique)
    return unique
  }
}
