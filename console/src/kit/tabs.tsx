import { type KeyboardEvent, useRef } from 'react'

/** One of several views of the same thing. Arrow keys move, as WAI-ARIA's tabs pattern has it. */
export function Tabs<V extends string>(props: {
  readonly label: string
  readonly tabs: readonly (readonly [V, string])[]
  readonly selected: V
  onSelect(tab: V): void
}) {
  const { label, tabs, selected, onSelect } = props
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    const at = tabs.findIndex(([tab]) => tab === selected)
    const next = (at + step + tabs.length) % tabs.length
    onSelect((tabs[next] as readonly [V, string])[0])
    ;(list.current?.children[next] as HTMLElement | undefined)?.focus()
  }
  return (
    <div ref={list} role="tablist" aria-label={label} className="tabs" onKeyDown={move}>
      {tabs.map(([tab, text]) => (
        <button
          key={tab}
          type="button"
          role="tab"
          className="chip"
          aria-selected={tab === selected}
          tabIndex={tab === selected ? 0 : -1}
          onClick={() => onSelect(tab)}
        >
          {text}
        </button>
      ))}
    </div>
  )
}
