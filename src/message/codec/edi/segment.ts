/**
 * A segment as it stands in an interchange, with the exact text of its elements. Trailing empty elements and components
 * are kept, so that writing gives the same again.
 */
export interface Segment {
  readonly tag: string
  readonly elements: readonly Element[]
}

/** What stands between two element separators: one value or, where the syntax knows that, several. */
export type Element = Value | Repeated

/** A text, or the components of a composite, of which there are two at least. */
export type Value = string | readonly string[]

export interface Repeated {
  readonly repeated: readonly Value[]
}

export function isRepeated(element: Element): element is Repeated {
  return typeof element === 'object' && 'repeated' in element
}

/** The values of an element: none where it is empty or absent. */
export function valuesOf(element: Element | undefined): readonly Value[] {
  if (element === undefined || element === '') return []
  return isRepeated(element) ? element.repeated : [element]
}

/** A component of a value, from 1; a text is its own first component. */
export function componentOf(value: Value, component: number): string {
  if (typeof value === 'string') return component === 1 ? value : ''
  return value[component - 1] ?? ''
}
