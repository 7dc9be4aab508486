/**
 * The JavaScript pattern that says the same as a group of patterns of XML Schema; undefined where there is none, so
 * that nothing good is refused. Source: XML Schema part 2, appendix F.
 */
export function patternOf(group: readonly string[] | undefined): string | undefined {
  if (!group) return undefined
  const patterns = group.map(translated)
  if (patterns.includes(undefined)) return undefined
  const pattern = `^(?:${patterns.join('|')})$`
  try {
    new RegExp(pattern, 'u')
    return pattern
  } catch {
    return undefined
  }
}

/** Subtracted classes, blocks of Unicode and the classes of XML names have no counterpart. */
function translated(pattern: string): string | undefined {
  if (/-\[|\\[pP]\{Is|\\[icIC]/.test(pattern)) return undefined
  let inClass = false
  let result = ''
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at] as string
    if (sign === '\\') {
      const next = pattern[++at] ?? ''
      result += next === '-' && !inClass ? '-' : sign + next
    } else {
      if (sign === '[') inClass = true
      else if (sign === ']') inClass = false
      result += !inClass && (sign === '^' || sign === '$') ? `\\${sign}` : sign
    }
  }
  return result
}
