import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './member.ts'

/** A copy of this checkout in `folder`, in which texts of files are replaced by others. */
export function copyCheckout(
  folder: string,
  changes: Readonly<Record<string, (text: string) => string>>,
): string {
  for (const path of [
    'src',
    'scripts',
    'examples/order-intake',
    'test/cluster',
    'package.json',
    'tsconfig.json',
  ])
    cpSync(join(root, path), join(folder, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  for (const [path, change] of Object.entries(changes)) {
    const file = join(folder, path)
    const before = readFileSync(file, 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`${path} has changed: the test must replace something else`)
    writeFileSync(file, after)
  }
  return folder
}

/** The release after this one: with one more migration, and with more in what it writes. */
export function nextRelease(folder: string, oldest: number | undefined = undefined): string {
  const sql = 'CREATE TABLE later (a int); ALTER TABLE entries ADD COLUMN grade text;'
  return copyCheckout(folder, {
    'package.json': text => text.replace(/"version": "[^"]+"/, '"version": "99.0.0"'),
    'src/store/postgres/migrations.ts': text =>
      text.replace(/\]\s*$/, `  { oldest: ${oldest ?? 1}, sql: '${sql}' },\n]\n`),
    'src/store/postgres/incoming.ts': text =>
      text.replace('JSON.stringify(message.head)', "JSON.stringify({ ...message.head, grade: 'A' })"),
  })
}
