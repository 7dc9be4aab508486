import type { Flow } from '../flow/flow.ts'
import { flowShapes, readsPersonal } from './data-shape.ts'
import { channelShape } from './inherited.ts'

/** In the place of what only those see who ask for it. */
export const masked = '***'

/** Lighter texts are masked where they stand for themselves only, not inside of others. */
const lightest = 4

/** Do fields that models classify as personal go through the flow? */
export function hasPersonalData(flow: Flow): boolean {
  const shapes = [...flowShapes(flow).values()].flatMap(({ after, request, answer }) => [
    after,
    request,
    answer,
  ])
  return [channelShape(flow.source), ...shapes].some(shape => (shape?.personal.length ?? 0) > 0)
}

/** Is the ordering key made of personal data? */
export function hasPersonalKey(flow: Flow): boolean {
  const step = flow.steps[flow.ordering.behind - 1]
  const shape = step ? flowShapes(flow).get(step.id)?.after : undefined
  return readsPersonal(shape ?? channelShape(flow.source), flow.ordering.of)
}

/**
 * Masks the personal data of one message: what stands at classified paths, and the same values wherever else they turn
 * up, such as in a reason that quotes them.
 */
export class Mask {
  readonly #values = new Set<string>()

  /** Learns the values at the paths. */
  learn(data: unknown, paths: readonly string[]): void {
    for (const path of paths) for (const value of valuesAt(data, path.split('.'))) this.#values.add(value)
  }

  data(data: unknown, paths: readonly string[]): unknown {
    return this.#walk(data, paths)
  }

  text(text: string): string {
    let shown = text
    for (const value of this.#values) {
      if (shown === value) return masked
      if (weightOf(value) >= lightest) shown = shown.replaceAll(value, masked)
    }
    return shown
  }

  #walk(data: unknown, paths: readonly string[]): unknown {
    if (Array.isArray(data)) return data.map(item => this.#walk(item, paths))
    if (typeof data === 'object' && data !== null) {
      const entries = Object.entries(data).map(([name, value]) => [name, this.#field(name, value, paths)])
      return Object.fromEntries(entries)
    }
    if (typeof data === 'string') return this.text(data)
    return typeof data === 'number' && this.#values.has(String(data)) ? masked : data
  }

  #field(name: string, value: unknown, paths: readonly string[]): unknown {
    if (paths.includes(name)) return value === null || value === undefined ? value : masked
    const inner = paths.filter(path => path.startsWith(`${name}.`)).map(path => path.slice(name.length + 1))
    return this.#walk(value, inner)
  }
}

/** A Chinese character says as much as a few letters: names have two or three. */
function weightOf(text: string): number {
  let weight = 0
  for (const character of text) weight += character > '\u2e7f' ? 2 : 1
  return weight
}

function* valuesAt(data: unknown, path: readonly string[]): Generator<string> {
  const [name, ...rest] = path
  if (Array.isArray(data)) for (const item of data) yield* valuesAt(item, path)
  else if (typeof data === 'object' && data !== null) {
    const inner = name === undefined ? Object.values(data) : [(data as Record<string, unknown>)[name]]
    for (const value of inner) yield* valuesAt(value, rest)
  } else if (name === undefined && (typeof data === 'string' || typeof data === 'number'))
    if (String(data).length > 1) yield String(data)
}
