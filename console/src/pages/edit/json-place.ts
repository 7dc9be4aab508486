/**
 * Where in a JSON text the value at a path stands (`lines[2].qty`), as far as its names can be followed; the beginning
 * otherwise. Begins and ends around the name.
 */
export function placeIn(text: string, path: string): { readonly from: number; readonly to: number } {
  const names = path.split(/[.[\]]+/).filter(name => name !== '' && !/^\d+$/.test(name))
  const nth = [...path.matchAll(/\[(\d+)\]/g)].map(([, n]) => Number(n))
  let at = 0
  let found = { from: 0, to: Math.min(1, text.length) }
  for (const [step, name] of names.entries()) {
    const quoted = JSON.stringify(name)
    let next = text.indexOf(quoted, at)
    // In the n-th item of a list its names stand for the n-th time.
    if (step > 0)
      for (let skip = nth[step - 1] ?? 0; skip > 0 && next !== -1; skip--)
        next = text.indexOf(quoted, next + 1)
    if (next === -1) break
    found = { from: next, to: next + quoted.length }
    at = found.to
  }
  return found
}
