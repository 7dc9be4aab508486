import { isPlainText } from '../../message/plain-text.ts'

/** Bytes of any text of MQTT. */
export const longest = 65_535

/** Why this is no topic to publish to; undefined if it is one. Source: MQTT 5, section 4.7. */
export function topicProblem(topic: string): string | undefined {
  if (topic === '') return 'it is empty'
  if (/[+#]/.test(topic)) return 'it has a wildcard'
  if (!isPlainText(topic)) return 'it has a control character, or what is no character'
  return Buffer.byteLength(topic) > longest ? `it has more than ${longest} bytes` : undefined
}

/** Why this is no filter to subscribe to; undefined if it is one. */
export function filterProblem(filter: string): string | undefined {
  if (filter === '' || !isPlainText(filter)) return 'it is empty, or has a control character'
  if (Buffer.byteLength(filter) > longest) return `it has more than ${longest} bytes`
  const levels = patternOf(filter).split('/')
  for (const [n, level] of levels.entries()) {
    if (level.length > 1 && /[+#]/.test(level)) return 'a wildcard stands alone between slashes'
    if (level === '#' && n < levels.length - 1) return 'a # stands last'
  }
  return undefined
}

/** What stands for the wildcards of the first filter that fits; none if no filter has wildcards or fits. */
export function levelsOf(topic: string, filters: readonly string[]): readonly string[] {
  for (const filter of filters) {
    const levels = matched(topic.split('/'), patternOf(filter).split('/'))
    if (levels) return levels
  }
  return []
}

/** A shared subscription is `$share/group/filter`. */
function patternOf(filter: string): string {
  return filter.replace(/^\$share\/[^/]*\//, '')
}

function matched(topic: readonly string[], pattern: readonly string[]): string[] | undefined {
  const levels: string[] = []
  for (const [n, level] of pattern.entries()) {
    const here = topic[n]
    if (level === '#') return [...levels, topic.slice(n).join('/')]
    if (here === undefined) return undefined
    if (level === '+') levels.push(here)
    else if (level !== here) return undefined
  }
  return topic.length === pattern.length ? levels : undefined
}
