/** The value at `lines[3].sku`. Of a list without a number the first element stands for all. */
export function valueAt(data: unknown, path: string): unknown {
  let value = data
  for (const name of path
    .replaceAll('[]', '.0')
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean)) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as Record<string, unknown>)[name]
  }
  return value
}
