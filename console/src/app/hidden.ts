/** `state.first` of an address. */
export function hiddenIn(hide: string | undefined): ReadonlySet<string> {
  return new Set(hide?.split('.').filter(Boolean))
}

/** The same with one column shown or hidden; undefined where nothing is hidden. */
export function withHidden(hidden: ReadonlySet<string>, id: string, isShown: boolean): string | undefined {
  const next = new Set(hidden)
  if (isShown) next.delete(id)
  else next.add(id)
  return next.size === 0 ? undefined : [...next].sort().join('.')
}
