import type { KeyboardEvent, RefObject } from 'react'

/** j and k, or arrows, move among the links in the first cells of a table's rows; Enter opens as the browser has it. */
export function useRowKeys(body: RefObject<HTMLTableSectionElement | null>): (event: KeyboardEvent) => void {
  return event => {
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key]
    if (step === undefined || event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    const links = [...(body.current?.querySelectorAll<HTMLElement>('td:first-child a') ?? [])]
    const at = links.indexOf(document.activeElement as HTMLElement)
    links[Math.max(0, Math.min(links.length - 1, at + step))]?.focus()
  }
}
