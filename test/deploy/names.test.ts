import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { metricInfo } from '../../src/observe/metric-catalogue.ts'
import { root } from './composed.ts'

const run = promisify(execFile)

/** What is said to whoever deploys: all files but those that are made of the code itself. */
const files = globSync(
  ['deploy/**/*.{yaml,tpl,txt,json,mjs,example}', 'deploy/docker/Dockerfile*', 'docs/deploy.md'],
  { cwd: root },
)
  .filter(path => !/^deploy\/grafana\/[a-z]+\.json$|isthmus-rules/.test(path))
  .map(path => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const source = globSync('src/**/*.ts', { cwd: root, exclude: path => path.endsWith('.test.ts') })
  .map(path => readFileSync(join(root, path), 'utf8'))
  .join('\n')

/** Each with the files that say it. */
function said(pattern: RegExp): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { path, text } of files)
    for (const [, name = ''] of text.matchAll(pattern)) found.set(name, [...(found.get(name) ?? []), path])
  return found
}

/** What the shapes of several members are written against, and the code may not have yet. */
const ofMembers = ['ISTHMUS_TRANSPORT', 'ISTHMUS_TRANSPORT_PASSWORD', '--role']

const { stdout: help } = await run(process.execPath, ['bin/isthmus.mjs', 'start', '--help'], { cwd: root })
const variables = said(/\b(ISTHMUS_[A-Z_]*[A-Z])\b/g)
const options = said(/(?:\bstart,|isthmus start) (?:[^\n`\]]*? )?(--[a-z]+)/g)
const unknown = [
  ...[...variables.keys()].filter(name => !new RegExp(`\\b${name}\\b`).test(source)),
  ...[...options.keys()].filter(option => !new RegExp(`${option}\\b`).test(help)),
]

test('every variable that deploy/ sets is read by the code, and every option that it gives is known', () => {
  assert.ok(variables.size >= 10)
  assert.ok(options.has('--role'))
  assert.deepEqual(
    unknown.filter(name => !ofMembers.includes(name)),
    [],
  )
})

const awaited = unknown.filter(name => ofMembers.includes(name))
test(
  'so are those of hub and cloud',
  {
    skip: awaited.length > 0 && `not in the code yet: ${awaited.join(', ')}`,
  },
  () => assert.deepEqual(awaited, []),
)

test('every metric that deploy/ names is exported', () => {
  const names = said(/\b(isthmus_[a-z]+_[a-z_]+[a-z])\b/g)
  assert.ok(names.has('isthmus_messages_backlog'))
  const others = new Set(['isthmus_token'])
  for (const [name, where] of names) assert.ok(others.has(name) || metricInfo(name), `${name}: ${where}`)
})
