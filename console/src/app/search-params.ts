/** Reads one value of an address; undefined where it says nothing usable. */
export type Reader<T> = (value: unknown) => T | undefined

export const text: Reader<string> = value => {
  const found = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
  return typeof found === 'string' && found !== '' ? found : undefined
}

export const whole: Reader<number> = value => {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

export function oneOf<const V extends string>(...values: readonly V[]): Reader<V> {
  return value => values.find(each => each === value)
}

type Read<R> = { readonly [K in keyof R]?: R[K] extends Reader<infer T> ? T | undefined : never }

/** What every page knows besides its own: the time range, and the columns of its list that are hidden. */
const shared = { t: text, hide: text }

/**
 * The search parameters of a page, typed. Others are kept, so that an address of a newer version survives, and are
 * listed in `unknown`, so that the page can say so.
 */
export function searchOf<R extends Readonly<Record<string, Reader<unknown>>>>(readers: R) {
  const known: Readonly<Record<string, Reader<unknown>>> = { ...shared, ...readers }
  return (given: Record<string, unknown>) => {
    const read = Object.entries(given).map(([name, value]) => {
      const reader = known[name]
      return [name, reader ? reader(value) : value] as const
    })
    return Object.fromEntries(read.filter(([, value]) => value !== undefined)) as Read<R> & {
      readonly t?: string
      readonly hide?: string
    }
  }
}
