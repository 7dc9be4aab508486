import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { stalePages, untoldOptions } from '../../scripts/reference.ts'
import { fixtureTree } from './fixture-tree.ts'

const config = `import type { Auth, Limits } from '../http/shared.ts'
import type { Dialect } from '../../message/csv.ts'
import type { Session } from './session.ts'

/** What a shop says of itself. */
export interface ShopOptions {
  /** The address. */
  readonly url: string
  /** Default: none. */
  readonly session?: Session<string> | undefined
  /** Default: none. */
  readonly auth?: Auth | undefined
  /** Most of everything. Default: no limit. */
  readonly limits?: Limits | undefined
}
/** How it is written. */
export interface TextOptions extends Dialect {
  /** Default: \`a | b\`. */
  readonly choice?: 'a' | 'b' | undefined
}
export const internal = 1
`

const tree = {
  'src/connectors/http/config.ts': 'export interface HttpOptions {}\n',
  'src/connectors/http/shared.ts': `/** Made by a function. */
export interface Auth { open(): void }
/** By what. */
export type Limits = { readonly [what: string]: number }
`,
  'src/message/csv.ts': `export interface Dialect {
  /** One character. */
  readonly quote: string
}
`,
  'src/connectors/shop/config.ts': config,
  'src/connectors/shop/session.ts': `export interface Session<S> {
  readonly login: S
}
`,
  'src/connectors/shop/index.ts': `export { defaultLimits } from './limits.ts'
export { make, type MakeOptions } from './make.ts'
`,
  'src/connectors/shop/limits.ts': `/** Where nothing else is said. */
export const defaultLimits = { calls: 8 }
`,
  'src/connectors/shop/make.ts': `export interface MakeOptions {
  /** How often. */
  readonly often: number
}
export function make(options: MakeOptions) {}
`,
  'src/testing/index.ts': `export { type ShopFixture } from './describe.ts'\n`,
  'src/testing/describe.ts': `export type { ShopFixture } from './fixture.ts'\n`,
  'src/testing/fixture.ts': `/** A shop. */
export interface ShopFixture {
  /** Opens it. */
  open?(day: string): Promise<void>
}
`,
  'docs/connectors/shop.md': '# Shop\n\nGuidance.\n',
  'docs/connectors/http.md': '# HTTP\n',
  'docs/testing.md': '# Testing\n',
}

function pages(t: TestContext) {
  const root = fixtureTree(t, tree)
  return { root, pages: new Map(stalePages(root).map(({ page, text }) => [page, text])) }
}

test('options are told with those that they are made of, wherever a connector declares them', t => {
  const page = pages(t).pages.get('docs/connectors/shop.md') ?? ''
  assert.match(page, /^# Shop\n\nGuidance\.\n\n<!-- The options/)
  assert.deepEqual(
    [...page.matchAll(/^### (.*)/gm)].map(([, name]) => name),
    ['ShopOptions', 'Session', 'TextOptions', 'defaultLimits', 'MakeOptions'],
  )
  assert.ok(page.includes('| `url` (required) | `string` | The address. |'))
  assert.ok(page.includes('| `session` | [`Session`](#session)`<string>` | Default: none. |'))
  assert.ok(page.includes('| `auth` | `Auth` | Default: none. |'), 'what has methods is no option')
  assert.ok(
    page.includes('| `limits` | [`Limits`](http.md#limits) | Most of everything. Default: no limit. |'),
  )
  assert.ok(page.includes("| `choice` | `'a' \\| 'b'` | Default: `a \\| b`. |\n| `quote` (required) |"))
  assert.ok(page.includes('```typescript\nconst defaultLimits = { calls: 8 }\n```'))
})

test('what several share is told on its own page, and the suites on theirs', t => {
  const { pages: found } = pages(t)
  assert.match(
    found.get('docs/connectors/http.md') ?? '',
    /### Limits\n\nBy what\.\n\n```typescript\ntype Limits = /,
  )
  assert.match(
    found.get('docs/testing.md') ?? '',
    /## Members\n\n### ShopFixture\n\nA shop\.\n\n\| Member .*\n.*\n\| `open` \| `\(day: string\): Promise<void>` \| Opens it\. \|/,
  )
})

test('an option without a docstring is found, also where it stands outside of config.ts', t => {
  const { root } = pages(t)
  assert.deepEqual(untoldOptions(root), ['src/connectors/shop/session.ts: Session.login'])
})

test('a page that tells the options is left alone, and what stands behind them stays', t => {
  const page = pages(t).pages.get('docs/connectors/shop.md') ?? ''
  const again = (text: string) =>
    stalePages(fixtureTree(t, { ...tree, 'docs/connectors/shop.md': text })).find(({ page }) =>
      page.endsWith('shop.md'),
    )
  assert.equal(again(page), undefined)
  const longer = `${page}\n## Behind\n`
  assert.equal(again(longer), undefined)
  assert.equal(again(longer.replace('The address', 'Some address'))?.text, longer)
})
