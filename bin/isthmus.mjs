#!/usr/bin/env node
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'

// Plain JavaScript for Node >= 18, so that an older Node gets a sentence instead of a syntax error.
const root = fileURLToPath(new URL('..', import.meta.url))
const source = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))

// Most of the time of a short command goes into compiling; older Nodes do not have it.
module.enableCompileCache?.()

if (existsSync(source)) {
  const { launch } = await import('../scripts/launch.mjs')
  await launch(root, source, process.argv.slice(2))
} else if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import('../cli/main.js')
} else {
  console.error(`isthmus needs Node >= 24; this is Node ${process.versions.node}.`)
  process.exit(1)
}
