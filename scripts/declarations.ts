import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Comment, parseSync } from 'oxc-parser'

/** An interface, a type, a function or a constant of a file, with its docstring. */
export interface Declaration {
  readonly name: string
  readonly file: SourceModule
  readonly node: Node
  readonly doc: string
}

/** A node of the syntax tree, of whose kinds only some are looked at. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [member: string]: unknown
}

type Imported = { readonly path: string; readonly name: string }

/** What a file declares, and where what it imports or hands on is declared. */
export class SourceModule {
  readonly path: string
  readonly text: string
  readonly declared = new Map<string, Declaration>()
  readonly #imported = new Map<string, Imported>()
  readonly #handedOn = new Map<string, Imported>()
  /** Files of which all that they export is handed on. */
  readonly wholly: string[] = []
  readonly #comments: readonly Comment[]

  constructor(path: string) {
    this.path = path
    this.text = readFileSync(path, 'utf8')
    const { program, comments } = parseSync(path, this.text)
    this.#comments = comments
    for (const statement of program.body) this.#take(statement as unknown as Node)
  }

  textOf(node: Node): string {
    return this.text.slice(node.start, node.end)
  }

  /** The docstring that ends just before a node. */
  docOf(node: Node): string {
    const doc = this.#comments.findLast(each => each.end <= node.start)
    const between = doc && this.text.slice(doc.end, node.start)
    if (!doc || between === undefined || !/^\s*(export )?$/.test(between) || !doc.value.startsWith('*'))
      return ''
    const lines = doc.value.slice(1).split('\n')
    return lines
      .map(line => line.replace(/^\s*\*?\s?/, ''))
      .join(' ')
      .trim()
  }

  /** Names that the file exports from others, with where they are declared. */
  get handedOn(): readonly Imported[] {
    return [...this.#handedOn.values()]
  }

  /** Where a name is declared that this file has from another one. */
  imported(name: string): Imported | undefined {
    return this.#imported.get(name) ?? this.#handedOn.get(name)
  }

  #take(statement: Node): void {
    const { source, specifiers } = statement as { source?: { value: string }; specifiers?: Specifier[] }
    if (source?.value.startsWith('.')) {
      const path = resolve(dirname(this.path), source.value)
      if (statement.type === 'ExportAllDeclaration') this.wholly.push(path)
      const into = statement.type === 'ImportDeclaration' ? this.#imported : this.#handedOn
      for (const each of specifiers ?? [])
        into.set(nameOf(each.local), { path, name: nameOf(each.imported ?? each.local) })
      return
    }
    const node = (statement.declaration ?? statement) as Node
    const named = node.type === 'VariableDeclaration' ? (node.declarations as Node[])[0] : node
    const name = (named?.id as { name?: string } | undefined)?.name
    if (name !== undefined) this.declared.set(name, { name, file: this, node, doc: this.docOf(statement) })
  }
}

interface Specifier {
  readonly local: Named
  readonly imported?: Named
}

type Named = { readonly name?: string; readonly value?: string }

function nameOf({ name, value }: Named): string {
  return name ?? value ?? ''
}

/** The files of a checkout, each read once. */
export class SourceTree {
  readonly #files = new Map<string, SourceModule>()

  file(path: string): SourceModule | undefined {
    const known = this.#files.get(path)
    if (known || !existsSync(path)) return known
    const file = new SourceModule(path)
    this.#files.set(path, file)
    return file
  }

  /** What a name means in a file; undefined for what it does not declare or import from a file beside it. */
  find(name: string, file: SourceModule): Declaration | undefined {
    const here = file.declared.get(name)
    if (here) return here
    const from = file.imported(name)
    const there = from && this.file(from.path)
    return there && from && this.find(from.name, there)
  }

  /** What the `index.ts` of a folder hands on. */
  handedOn(folder: string): Declaration[] {
    return this.#handedOnBy(join(folder, 'index.ts'))
  }

  #handedOnBy(path: string): Declaration[] {
    const { handedOn = [], wholly = [] } = this.file(path) ?? {}
    const named = handedOn.flatMap(({ path, name }) => {
      const file = this.file(path)
      return (file && this.find(name, file)) ?? []
    })
    return [...wholly.flatMap(each => this.#handedOnBy(each)), ...named]
  }
}

/** The names of types in a type, each once, in order. */
export function typeNames(node: unknown, found = new Set<string>()): Set<string> {
  if (typeof node !== 'object' || node === null) return found
  const { type, typeName, expression } = node as Partial<Record<'type' | 'typeName' | 'expression', unknown>>
  const named = (
    type === 'TSTypeReference' ? typeName : type === 'TSInterfaceHeritage' ? expression : undefined
  ) as Named | undefined
  if (named?.name !== undefined) found.add(named.name)
  for (const inner of Object.values(node)) typeNames(inner, found)
  return found
}
