import type { ReactNode } from 'react'

/** What may be wider than its place; the keyboard scrolls it, too. */
export function Scroll({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys from here
    <div role="group" className="scroll" aria-label={label} tabIndex={0}>
      {children}
    </div>
  )
}
