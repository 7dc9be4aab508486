import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'

/** A temporary folder with these files, deleted after the test. */
export function fixtureTree(test: TestContext, files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'isthmus-fixture-'))
  test.after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}
