import type { FoundMessage } from './found.ts'
import type { Layout } from './layout.ts'
import { readLayout } from './layout-read.ts'
import { mostProblems, type Problem } from './problem.ts'
import type { Segment } from './segment.ts'
import type { Syntax } from './syntax.ts'

/** What a message carries, and all that is wrong with it. */
export interface MessageContent {
  readonly content: { readonly segments: readonly Segment[] } | { readonly data: unknown }
  readonly problems: readonly Problem[]
}

export interface ContentOptions {
  readonly layouts: readonly Layout[]
  readonly syntax: Syntax
  /** The decimal mark. */
  readonly decimal: string
}

/** The data of a message by the layout of its type; its segments where none is wanted, or where anything is wrong. */
export function contentOf(found: FoundMessage, { layouts, syntax, decimal }: ContentOptions): MessageContent {
  const { head, segments, places, problems, offset, line } = found
  if (layouts.length === 0 || problems.length > 0) return { content: { segments }, problems }
  const type = String(head.type)
  const layout = layouts.find(each => each.type === type)
  if (layout === undefined) {
    const reason = `messages of type ${type} are not expected here`
    const unknown: Problem = {
      kind: 'message unknown',
      reason,
      tag: syntax.message.begin,
      offset,
      line,
      segment: 1,
    }
    return { content: { segments }, problems: [unknown] }
  }
  const all: Problem[] = []
  const data = readLayout(layout, segments, decimal, (index, kind, reason, element, component) => {
    const place = places[index] ?? places.at(-1) ?? { offset, line }
    const tag = segments[index]?.tag ?? syntax.message.end
    const within = { ...(element && { element }), ...(component && { component }) }
    if (all.length < mostProblems) all.push({ kind, reason, tag, ...place, segment: index + 2, ...within })
  })
  return { content: all.length > 0 ? { segments } : { data }, problems: all }
}
