// Makes image/, the folder whose files the container image begins with: the package that was built in dist/, and a manifest
// and lock for it and the drivers that are named: node scripts/run.mjs scripts/deploy/image.ts pg @platformatic/kafka
// `npm ci` there installs the versions that this checkout is tested with.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { imageLock, type Lock, type Manifest } from './image-lock.ts'

const { values, positionals: drivers } = parseArgs({
  allowPositionals: true,
  options: { dist: { type: 'string', default: 'dist' }, to: { type: 'string', default: 'image' } },
})
const root = join(import.meta.dirname, '../..')
const dist = resolve(root, values.dist)
const image = resolve(root, values.to)
rmSync(image, { recursive: true, force: true })
mkdirSync(image)
const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', image, dist], {
  cwd: root,
  encoding: 'utf8',
})
const [{ filename }] = JSON.parse(packed) as [{ filename: string }]
const lock = imageLock({
  published: read<Manifest>(join(dist, 'package.json')),
  lock: read<Lock>(join(root, 'package-lock.json')),
  drivers,
  tarball: filename,
})
write('package.json', { name: lock.name, private: true, dependencies: lock.packages['']?.dependencies })
write('package-lock.json', lock)

function read<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8'))
}

function write(name: string, content: unknown): void {
  writeFileSync(join(image, name), `${JSON.stringify(content, null, 2)}\n`)
}
