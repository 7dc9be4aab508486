import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Contract, ContractReader } from '../../src/contract/contract.ts'
import { openDocument } from '../../src/contract/open-document.ts'
import { soundContract } from '../../src/contract/sound-contract.ts'
import { writeModule } from '../../src/contract/write/module.ts'
import type { Model } from '../../src/model/model.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
export const corpus = process.env.ISTHMUS_CORPUS ?? ''
export const corpusOptions = {
  skip: corpus === '' && 'set ISTHMUS_CORPUS to the folder of real files to run it',
}

const compilerOptions = {
  target: 'esnext',
  lib: ['esnext'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: false,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
  declaration: true,
  noEmit: true,
}

/**
 * What the compiler found in the project before, of whatever process: what it says of our own sources, by far most of the
 * work, holds as long as they are the same, which it looks at. Places in it are relative: all projects lie equally deep.
 */
const lastFound = join(
  realpathSync(tmpdir()),
  `isthmus-found-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`,
)

/** A user's project in a folder of its own, that has isthmus as a dependency. It ends with the test. */
export class Project {
  readonly folder: string

  constructor(t: TestContext) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'isthmus-contract-')))
    t.after(() => rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 }))
    mkdirSync(join(this.folder, 'node_modules/@types'), { recursive: true })
    symlinkSync(root, join(this.folder, 'node_modules/isthmus'))
    symlinkSync(join(root, 'node_modules/@types/node'), join(this.folder, 'node_modules/@types/node'))
    this.write('package.json', '{"type":"module"}')
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['*.ts'] }))
  }

  /** The path. */
  write(name: string, text: string): string {
    const path = join(this.folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }

  async load(name: string): Promise<Record<string, unknown>> {
    return import(pathToFileURL(join(this.folder, name)).href)
  }

  /** What the compiler says against it: nothing. */
  async typeCheck(): Promise<string> {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const found = join(this.folder, 'found.json')
    if (existsSync(lastFound)) copyFileSync(lastFound, found)
    const args = [tsc, '-p', this.folder, '--incremental', '--tsBuildInfoFile', found]
    const run = promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 })
    const said = await run.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
    // As a whole or not at all: others read it.
    renameSync(found, lastFound)
    return said
  }
}

/** What a document says, as the command reads it. */
export async function readContract(reader: ContractReader, path: string, system = 'shop'): Promise<Contract> {
  return soundContract(await reader(await openDocument(path), system), path)
}

export function moduleOf(contract: Contract, system = 'shop'): string {
  return writeModule(contract, { system, heading: 'Written by a test.' })
}

/** The models that a module exports; each is compiled. */
export function modelsOf(module: Record<string, unknown>): Record<string, Model> {
  const models = Object.entries(module).filter(
    (entry): entry is [string, Model] => typeof Object(entry[1]).validate === 'function',
  )
  for (const [, model] of models) model.validate(undefined)
  return Object.fromEntries(models)
}
