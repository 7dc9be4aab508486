/** A bin that is empty on one side counts as if a thousandth were in it. */
const least = 0.001

/** Population stability index of two lists of shares: the sum of (now - before) * ln(now / before). 0 is the same. */
export function populationStability(before: readonly number[], now: readonly number[]): number {
  return before.reduce((sum, share, bin) => {
    const [was, is] = [Math.max(least, share), Math.max(least, now[bin] ?? 0)]
    return sum + (is - was) * Math.log(is / was)
  }, 0)
}

/**
 * Which share of the values of one distribution lies between the tenths of another. Both are told by eleven values: the
 * least, the nine between tenths, and the greatest. Tenths that are equal, as where one value is frequent, are one bin.
 */
export function shareInTenths(bounds: readonly number[], points: readonly number[]): number[] {
  const edges = [...new Set(bounds.slice(1, -1))]
  const below = edges.map(edge => shareBelow(edge, points))
  return [...below, 1].map((share, at) => Math.max(0, share - (below[at - 1] ?? 0)))
}

/** Values are taken to be spread evenly between two points. */
function shareBelow(value: number, points: readonly number[]): number {
  const after = points.findIndex(point => point > value)
  if (after < 0) return 1
  if (after === 0) return 0
  const [low, high] = [points[after - 1] as number, points[after] as number]
  return (after - 1 + (value - low) / (high - low)) / (points.length - 1)
}
