import { type ReadScope, readFields } from './field.ts'
import { beginOf, isBegin, type Layout, type Part, type Parts, type SegmentContent } from './layout.ts'
import type { ProblemKind } from './problem.ts'
import type { Segment } from './segment.ts'

/** A problem of the segment with this index; that behind the last one is the end of the message. */
export type ReportAt = (
  index: number,
  kind: ProblemKind,
  reason: string,
  element?: number,
  component?: number,
) => void

/** The data of a message by its layout. What is wrong is reported; the data is whole only if nothing was. */
export function readLayout(
  layout: Layout,
  segments: readonly Segment[],
  decimal: string,
  report: ReportAt,
): unknown {
  const reader = new LayoutReader(layout, segments, decimal, report)
  return reader.read()
}

class LayoutReader {
  readonly #layout: Layout
  readonly #segments: readonly Segment[]
  readonly #decimal: string
  readonly #report: ReportAt
  /** The segments that any part of the layout begins with or holds. */
  readonly #tags: ReadonlySet<string>
  #at = 0
  /** The part that would have taken the next segment, had it not been full. */
  #crowded: Part | undefined

  constructor(layout: Layout, segments: readonly Segment[], decimal: string, report: ReportAt) {
    this.#layout = layout
    this.#segments = segments
    this.#decimal = decimal
    this.#report = report
    this.#tags = new Set(tagsOf(layout.parts))
  }

  read(): unknown {
    const level = new Level(this.#layout.parts)
    this.#fill(level)
    for (let segment = this.#next(); segment !== undefined; segment = this.#next()) {
      this.#refuse()
      this.#at++
      this.#fill(level)
    }
    return this.#finish(level)
  }

  #refuse(): void {
    const crowded = this.#crowded
    if (crowded === undefined) this.#report(this.#at, 'segment unexpected', 'does not belong here')
    else {
      const kind = 'tag' in crowded.content ? 'segment repeated' : 'group repeated'
      this.#report(this.#at, kind, `is there more than ${crowded.max} times`)
    }
  }

  /** Reads as many segments as these parts take. */
  #fill(level: Level): void {
    for (let segment = this.#next(); segment !== undefined; segment = this.#next()) {
      const name = level.take(segment)
      this.#crowded = name === undefined ? (this.#crowded ?? level.crowded) : undefined
      if (name === undefined) return
      level.add(name, this.#readPart(level.parts[name] as Part))
    }
  }

  #readPart({ content }: Part): unknown {
    if ('tag' in content) return this.#readSegment(content)
    const level = new Level(content.parts)
    this.#fill(level)
    return this.#finish(level)
  }

  #readSegment({ fields }: SegmentContent): unknown {
    const index = this.#at++
    const scope: ReadScope = {
      decimal: this.#decimal,
      report: (kind, reason, element, component) => this.#report(index, kind, reason, element, component),
    }
    return readFields(fields, (this.#segments[index] as Segment).elements, scope)
  }

  #finish(level: Level): unknown {
    for (const [name, part] of level.missing())
      this.#report(
        this.#at,
        'segment missing',
        `${beginOf(part).tag} (${name}) is missing before this segment`,
      )
    return level.data
  }

  /** The next segment that may be part of the layout: others are passed over, so that the groups around them go on. */
  #next(): Segment | undefined {
    for (let segment = this.#segments[this.#at]; segment !== undefined; segment = this.#segments[this.#at]) {
      if (this.#tags.has(segment.tag)) return segment
      if (!this.#layout.ignored.has(segment.tag))
        this.#report(this.#at, 'segment unknown', `is no part of the layout of ${this.#layout.type}`)
      this.#at++
    }
    return undefined
  }
}

function tagsOf(parts: Parts): string[] {
  return Object.values(parts).flatMap(({ content }) =>
    'tag' in content ? [content.tag] : tagsOf(content.parts),
  )
}

/** Parts that are being filled in their order. Neighbours that begin with the same tag come in any order. */
class Level {
  readonly parts: Parts
  readonly data: Record<string, unknown> = {}
  /** The part that would have taken the last segment, had it not been full. */
  crowded: Part | undefined
  readonly #names: readonly string[]
  readonly #counts: number[]
  #at = 0

  constructor(parts: Parts) {
    this.parts = parts
    this.#names = Object.keys(parts)
    this.#counts = this.#names.map(() => 0)
    for (const name of this.#names) if (parts[name]?.list) this.data[name] = []
  }

  /** The name of the part that a segment begins or goes on with. */
  take(segment: Segment): string | undefined {
    this.crowded = undefined
    for (let index = this.#runStart(segment.tag); index < this.#names.length; index++) {
      const name = this.#names[index] as string
      const part = this.parts[name] as Part
      if (!isBegin(beginOf(part), segment)) continue
      if ((this.#counts[index] ?? 0) >= part.max) {
        this.crowded = part
        continue
      }
      this.#counts[index] = (this.#counts[index] ?? 0) + 1
      this.#at = index
      return name
    }
    return undefined
  }

  add(name: string, value: unknown): void {
    if (this.parts[name]?.list) (this.data[name] as unknown[]).push(value)
    else this.data[name] = value
  }

  missing(): [string, Part][] {
    return this.#names
      .map((name): [string, Part] => [name, this.parts[name] as Part])
      .filter(([, part], index) => (this.#counts[index] ?? 0) < part.min)
  }

  /** The first of the parts before the present one, without another in between, that begin with this tag. */
  #runStart(tag: string): number {
    let start = this.#at
    while (start > 0 && beginOf(this.parts[this.#names[start - 1] as string] as Part).tag === tag) start--
    return start
  }
}
