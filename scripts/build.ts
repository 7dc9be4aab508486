import { execFileSync } from 'node:child_process'
import { copyFileSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildConsole } from './console.ts'

// Makes the published package in dist/, or the folder that is named before options for the compiler: JavaScript with types, to be
// published by `npm publish ./dist`.
const root = fileURLToPath(new URL('..', import.meta.url))
const [folder = 'dist', ...compilerOptions] = process.argv.slice(2)
const dist = resolve(root, folder)

rmSync(dist, { recursive: true, force: true })
compile()
await buildConsole(root.replace(/\/$/, ''), line => console.log(line))
cpSync(join(root, 'console/dist'), join(dist, 'console'), { recursive: true })
for (const file of globSync('**/*.{sql,json,yaml,html}', { cwd: join(root, 'src') })) {
  cpSync(join(root, 'src', file), join(dist, file))
}
cpSync(join(root, 'bin'), join(dist, 'bin'), { recursive: true })
for (const file of globSync(['LICENSE', 'README*.md', 'CHANGELOG.md'], { cwd: root })) {
  copyFileSync(join(root, file), join(dist, file))
}
writeFileSync(join(dist, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`)
console.log(`Built ${dist}`)

function compile(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  try {
    execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist, ...compilerOptions], {
      cwd: root,
      stdio: 'inherit',
    })
  } catch {
    console.error('Nothing was built: see the errors above.')
    process.exit(1)
  }
}

/** Ours without what only a checkout needs: the scripts, the tools and the Node binaries. */
function publishedManifest(): Record<string, unknown> {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const {
    scripts,
    private: _private,
    devDependencies,
    workspaces,
    optionalDependencies,
    exports,
    ...published
  } = manifest
  return { ...published, exports: mapValues(exports, compiledEntry) }
}

function compiledEntry(source: string): unknown {
  if (!source.endsWith('.ts')) return source
  const compiled = source.replace('./src/', './').replace(/\.ts$/, '')
  return { types: `${compiled}.d.ts`, default: `${compiled}.js` }
}

function mapValues(
  record: Record<string, string>,
  change: (value: string) => unknown,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]))
}
