/** A view of plain data that reports the path of every property that is read. */
export function observe(value: unknown, report: (path: string) => void, path = ''): unknown {
  if (typeof value !== 'object' || value === null) return value
  return new Proxy(value, {
    get(target, name, receiver) {
      const inner = Reflect.get(target, name, receiver)
      if (typeof name === 'symbol' || typeof inner === 'function') return inner
      if (!Object.hasOwn(target, name) && name in target) return inner
      if (Array.isArray(target) && name === 'length') return inner
      const innerPath = pathOf(target, path, name)
      report(innerPath)
      return observe(inner, report, innerPath)
    },
  })
}

function pathOf(target: object, path: string, name: string): string {
  if (Array.isArray(target)) return `${path}[]`
  return path ? `${path}.${name}` : name
}
