import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { IsthmusError } from '../errors.ts'
import { exitCodes } from '../server/exit-code.ts'
import { isCheckout, packageRoot, version } from '../server/version.ts'
import { command } from './shared/command.ts'
import { shortPath } from './shared/landscape-file.ts'
import { projectFiles } from './shared/project-template.ts'

export const newCommand = command({
  name: 'new',
  parameters: 'DIR',
  summary: 'make a project that runs at once',
  async run({ values, positionals, terminal }) {
    const folder = resolve(positionals[0] ?? '')
    if (existsSync(folder) && readdirSync(folder).length > 0)
      throw new IsthmusError(
        'CLI-USAGE',
        `${shortPath(folder)} is not empty. Give a folder that is not there yet.`,
      )
    const files = projectFiles(projectName(folder), isCheckout ? `file:${packageRoot}` : `^${version}`)
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), content)
    }
    if (values.json) terminal.json({ folder, files: Object.keys(files) })
    else {
      const { green, bold, dim } = terminal.colour
      terminal.line(`${green('✔')} ${bold(shortPath(folder))}: ${dim(Object.keys(files).join(', '))}`)
      terminal.line(`\n  cd ${shortPath(folder)}\n  npm install\n  npm start`)
    }
    return exitCodes.ok
  },
})

/** As npm and landscapes allow it. */
function projectName(folder: string): string {
  const words = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
  return words.replace(/^[^a-z]+|-+$/g, '') || 'landscape'
}
