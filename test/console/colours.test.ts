import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { contrast, deficiencies, difference, type Rgb, rgbOf, seen } from './colours.ts'

const css = readFileSync(new URL('../../console/src/kit/tokens.css', import.meta.url), 'utf8')

/** What is not said anew for the dark theme stays as it is in the light one; only plain colours count. */
function tokensOf(selector: string): Record<string, Rgb> {
  const block = css.slice(css.indexOf(`${selector} {`))
  const body = block.slice(0, block.indexOf('\n}'))
  const found = [...body.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)]
  return Object.fromEntries(found.map(([, name = '', hex = '']) => [name, rgbOf(hex)]))
}

const light = tokensOf(':root')
const themes = { light, dark: { ...light, ...tokensOf(':root[data-theme="dark"]') } }
const statuses = ['ok', 'running', 'waiting', 'warn', 'failed', 'compensated'] as const
const words = ['text', 'muted', 'accent', ...statuses] as const

test('the measures are those of their sources', () => {
  assert.equal(contrast(rgbOf('#000000'), rgbOf('#ffffff')), 21)
  // Pairs 1, 7, 17 and 25 of Sharma's test data.
  for (const [one, other, expected] of [
    [[50, 2.6772, -79.7751], [50, 0, -82.7485], 2.0425],
    [[50, 0, 0], [50, -1, 2], 2.3669],
    [[50, 2.5, 0], [73, 25, -18], 27.1492],
    [[60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644],
  ] as const)
    assert.ok(Math.abs(difference(one, other) - expected) < 0.0001, `${difference(one, other)} ${expected}`)
  // White and black look the same to everybody.
  for (const by of deficiencies)
    for (const hex of ['#000000', '#ffffff'])
      assert.ok(difference(seen(rgbOf(hex)), seen(rgbOf(hex), by)) < 0.1, `${by} ${hex}`)
})

for (const [theme, tokens] of Object.entries(themes)) {
  const of = (name: string): Rgb => {
    const colour = tokens[name]
    assert.ok(colour, `--${name} is a plain colour`)
    return colour
  }

  test(`${theme}: words and statuses stand out from what they stand on`, () => {
    for (const word of words)
      for (const ground of ['bg', 'surface', 'raised'])
        assert.ok(
          contrast(of(word), of(ground)) >= 4.5,
          `${word} on ${ground}: ${contrast(of(word), of(ground))}`,
        )
    for (const status of ['ok', 'warn', 'failed', 'compensated'])
      assert.ok(contrast(of(status), of(`${status}-soft`)) >= 4.5, `${status} on its own ground`)
    assert.ok(contrast(of('on-accent'), of('accent')) >= 4.5)
    assert.ok(contrast(of('text'), of('accent-soft')) >= 4.5)
  })

  test(`${theme}: no status looks like another one, whatever colours one sees`, () => {
    for (const by of [undefined, ...deficiencies])
      for (const [n, one] of statuses.entries())
        for (const other of statuses.slice(n + 1)) {
          const apart = difference(seen(of(one), by), seen(of(other), by))
          assert.ok(apart >= 11, `${one} and ${other} are ${apart.toFixed(1)} apart for ${by ?? 'everybody'}`)
        }
  })
}
