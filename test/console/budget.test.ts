import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../../console/dist/', import.meta.url))

/** Bytes on the wire, compressed by gzip. */
const sizeOf = (name: string) => gzipSync(readFileSync(`${dist}assets/${name}`), { level: 9 }).length

const kilobytes = 1024
const limits = {
  script: 130 * kilobytes,
  styles: 12 * kilobytes,
  page: 40 * kilobytes,
  editor: 95 * kilobytes,
}

test('what is loaded before the first page, and each page, stay within their sizes', () => {
  const html = readFileSync(`${dist}index.html`, 'utf8')
  const first = [...html.matchAll(/\/assets\/([^"]+)/g)].map(([, name]) => name as string)
  const sum = (kind: string) =>
    first.filter(name => name.endsWith(kind)).reduce((total, name) => total + sizeOf(name), 0)
  assert.ok(sum('.js') > 0 && sum('.css') > 0)
  assert.ok(sum('.js') <= limits.script, `${sum('.js')} bytes of script`)
  assert.ok(sum('.css') <= limits.styles, `${sum('.css')} bytes of styles`)
  const later = readdirSync(`${dist}assets`).filter(name => !first.includes(name))
  for (const name of later) {
    const limit = name.startsWith('json-editor') ? limits.editor : limits.page
    assert.ok(sizeOf(name) <= limit, `${name}: ${sizeOf(name)} bytes`)
  }
})
