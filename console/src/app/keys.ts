import { createContext, useContext, useLayoutEffect, useRef } from 'react'

export type KeyActs = Readonly<Record<string, (() => void) | undefined>>

/** Whether single letters do things. */
export const KeysContext = createContext(true)

const sequenceMs = 1200
/** The first letter of two, such as `g` of `g l`. */
let pending: { readonly key: string; readonly at: number } | undefined

/**
 * Keys that do something while a part of the page is shown: `r`, `/`, `g l`, `Escape`. Nothing happens in inputs, during
 * the composition of an input method, with a modifier, or where the reader switched letters off; the part shown last
 * comes first.
 */
export function useKeys(acts: KeyActs): void {
  const enabled = useContext(KeysContext)
  const latest = useRef(acts)
  latest.current = acts
  // Before anybody sees the part: who is quick is not too quick.
  useLayoutEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isComposing(event) || event.ctrlKey || event.metaKey || event.altKey)
        return
      if (isTyping(event.target) && event.key !== 'Escape') return
      if (!enabled && event.key.length === 1) return
      const isSecond = pending !== undefined && event.timeStamp - pending.at < sequenceMs
      const act =
        (isSecond ? latest.current[`${pending?.key} ${event.key}`] : undefined) ?? latest.current[event.key]
      if (act) {
        event.preventDefault()
        pending = undefined
        act()
      } else if (Object.keys(latest.current).some(keys => keys.startsWith(`${event.key} `)))
        pending = { key: event.key, at: event.timeStamp }
    }
    // The newest listener is asked first: parts of a page come before the shell.
    listeners.unshift(onKeyDown)
    return () => void listeners.splice(listeners.indexOf(onKeyDown), 1)
  }, [enabled])
}

const listeners: ((event: KeyboardEvent) => void)[] = []

/** Called once. */
export function listenForKeys(): void {
  document.addEventListener('keydown', event => {
    for (const listener of [...listeners]) listener(event)
  })
}

/** Browsers tell a composition in one of two ways; keyCode 229 is that of old ones and of WebKit's last key. */
export function isComposing(event: { readonly isComposing: boolean; readonly keyCode: number }): boolean {
  return event.isComposing || event.keyCode === 229
}

function isTyping(target: EventTarget | null): boolean {
  // A box that is ticked takes no letters.
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit'].includes(target.type)
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ['TEXTAREA', 'SELECT'].includes(target.tagName))
  )
}
