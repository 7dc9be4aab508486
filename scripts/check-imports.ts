import { posix } from 'node:path'
import { codeOf, importsOf, isTest, lineAt, readSources, type SourceFile } from './source-text.ts'

const belowFlow = ['message', 'model', 'system']
const belowEngine = [...belowFlow, 'flow', 'store']
const everything = [...belowEngine, 'contract', 'engine', 'connectors', 'observe', 'server']

/** room -> the rooms it may import, besides itself. `errors.ts` imports nothing and everybody may import it. */
const allowed: Record<string, readonly string[]> = {
  errors: [],
  message: [],
  model: ['message'],
  system: ['message', 'model'],
  flow: belowFlow,
  contract: belowFlow,
  store: ['message'],
  engine: belowEngine,
  connectors: [...belowFlow, 'contract'],
  observe: [...belowEngine, 'engine'],
  server: everything,
  client: [],
  cli: [...everything, 'client'],
  testing: [...everything, 'cli'],
  index: everything,
  connector: [...belowFlow, 'contract'],
  mapping: belowFlow,
}

/** Commands that put a landscape to the test; the rest of the product does without `testing`. */
const testCommands = ['src/cli/drill.ts']

/** These run under a simulated host: time, randomness and input or output reach them as `Host`, defined in one file. */
const hosted = ['message', 'model', 'flow', 'engine']
const hostFile = 'src/engine/host.ts'
const outside =
  /(?<![\w.$#])(?:(?:setTimeout|setInterval|setImmediate|fetch|randomUUID|randomBytes|getRandomValues)(?=\s*\()|(?:globalThis|process)\s*\.|(?:Date\.now|Math\.random|performance\.now)\b|new Date(?:\(\s*\)|(?!\s*\())|Date\(\s*\))/g
const outsideModule =
  /^node:(?:fs|net|tls|dgram|dns|http|https|http2|child_process|worker_threads|timers|process|os|sqlite)(?:\/|$)/

/** Directions, cycles and, in the hosted rooms, what must come from the host. One line per problem. */
export function checkImports(root: string): string[] {
  const files = readSources(root, 'src/**/*.ts').filter(file => !isTest(file.path))
  const graph = new Map(files.map(file => [file.path, localImports(file)]))
  return [
    ...files.flatMap(file => wrongDirections(file.path, graph.get(file.path) ?? [])),
    ...files.flatMap(file => (isHosted(file.path) ? outsideUses(file) : [])),
    ...cycles(graph),
  ]
}

interface LocalImport {
  readonly target: string
  readonly line: number
}

function localImports({ path, text }: SourceFile): LocalImport[] {
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith('.') || /^isthmus(\/|$)/.test(specifier))
    .map(({ specifier, line }) => ({
      target: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : specifier,
      line,
    }))
}

function wrongDirections(path: string, imports: readonly LocalImport[]): string[] {
  const room = roomOf(path)
  if (!(room in allowed)) return [`${path}: there is no room "${room}" in scripts/check-imports.ts`]
  return imports.flatMap(({ target, line }) => {
    const reason = refusal(path, target)
    return reason === undefined ? [] : [`${path}:${line} imports ${target}: ${reason}`]
  })
}

function refusal(path: string, target: string): string | undefined {
  const from = roomOf(path)
  const to = roomOf(target)
  if (!target.startsWith('src/')) return 'src imports by relative path and stays inside src'
  if (to === 'errors') return undefined
  if (to === 'testing' && testCommands.includes(path)) return undefined
  if (from === 'connectors' && to === 'connectors') {
    const other = folderOfConnector(target)
    if (other === undefined || other === 'http' || other === folderOfConnector(path)) return undefined
    return 'a connector does not import another one, only http, on which those over HTTP build'
  }
  if (from === to || allowed[from]?.includes(to)) return undefined
  return `${from} may import ${allowed[from]?.join(', ') || 'nothing'}`
}

function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '')
}

/** Undefined for a file directly in connectors/, which all of them share. */
function folderOfConnector(path: string): string | undefined {
  const [, , folder, file] = path.split('/')
  return file === undefined ? undefined : folder
}

function isHosted(path: string): boolean {
  return hosted.includes(roomOf(path)) && path !== hostFile
}

function outsideUses({ path, text }: SourceFile): string[] {
  const uses = [...codeOf(text).matchAll(outside)].map(
    ({ 0: use, index }) => `${path}:${lineAt(text, index)} uses ${use.trim()}: it must come from the host`,
  )
  const modules = importsOf(text)
    .filter(({ specifier }) => outsideModule.test(specifier))
    .map(({ specifier, line }) => `${path}:${line} imports ${specifier}: it must come from the host`)
  return [...uses, ...modules]
}

/** At least one cycle of every knot, as the path that closes it. */
function cycles(graph: ReadonlyMap<string, readonly LocalImport[]>): string[] {
  const finished = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start >= 0) found.push(`cycle: ${[...trail.slice(start), path].join(' -> ')}`)
    if (start >= 0 || finished.has(path)) return
    for (const { target } of graph.get(path) ?? []) visit(target, [...trail, path])
    finished.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}
