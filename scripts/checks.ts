import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { checkErrors } from './check-errors.ts'
import { checkFiles } from './check-files.ts'
import { checkImports } from './check-imports.ts'
import { staleDeployFiles } from './deploy/deploy-files.ts'
import { clientFile, staleClient } from './openapi/control-client.ts'
import { stalePages, untoldOptions } from './reference.ts'

export interface CheckResult {
  readonly name: string
  readonly problems: readonly string[]
  /** Said beside "ok". */
  readonly note?: string
}

/** All checks of the code that need no test run, side by side. */
export function runChecks(root: string): Promise<CheckResult[]> {
  return Promise.all([
    tool('types', root, 'typescript/bin/tsc', ['--noEmit', '--pretty', 'false']),
    tool('console types', root, 'typescript/bin/tsc', ['--noEmit', '--pretty', 'false', '-p', 'console']),
    tool('lint and format', root, '@biomejs/biome/bin/biome', [
      'check',
      '--diagnostic-level=warn',
      '--error-on-warnings',
      '--max-diagnostics=50',
      '.',
    ]),
    attempt('imports', () => ({ problems: checkImports(root) })),
    attempt('file sizes', () => checkFiles(root)),
    attempt('reference', () => ({
      problems: [
        ...untoldOptions(root).map(option => `${option} has no docstring`),
        ...stalePages(root).map(
          ({ page }) => `${page} does not tell the options as the code has them: npm run reference`,
        ),
        ...staleDeployFiles(root).map(({ path }) => `${path} is not as the code has it: npm run reference`),
      ],
    })),
    attempt('client', async () => ({
      problems:
        (await staleClient(root)) === undefined
          ? []
          : [`${clientFile} does not tell the control API as its routes have it: npm run reference`],
    })),
    attempt('error codes', async () => ({ problems: await checkErrors(root) })),
  ])
}

/** One line per check, its problems indented below. */
export function describeCheck({ name, problems, note }: CheckResult): string {
  const head = `${name.padEnd(16)} `
  if (problems.length === 0) return `${head}ok${note === undefined ? '' : ` (${note})`}`
  return `${head}${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}\n${indent(problems)}`
}

function indent(lines: readonly string[]): string {
  return lines.flatMap(line => line.split('\n').map(part => `  ${part}`)).join('\n')
}

async function attempt(
  name: string,
  check: () => Omit<CheckResult, 'name'> | Promise<Omit<CheckResult, 'name'>>,
): Promise<CheckResult> {
  try {
    return { name, ...(await check()) }
  } catch (error) {
    return { name, problems: [`could not be checked: ${error instanceof Error ? error.message : error}`] }
  }
}

async function tool(name: string, root: string, script: string, args: string[]): Promise<CheckResult> {
  const child = spawn(process.execPath, [`${root}/node_modules/${script}`, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  const [code, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { name, problems: code === 0 ? [] : linesOf(out + err) }
}

/** tsc says one problem per line; of Biome's report the blocks stay together. */
function linesOf(output: string): string[] {
  const trimmed = output.trim()
  const parts = /^\S+\(\d+,\d+\): error/m.test(trimmed) ? trimmed.split('\n') : trimmed.split(/\n{3,}/)
  return parts.filter(part => part.trim() !== '')
}
