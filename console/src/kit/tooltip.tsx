import { type ReactNode, useId, useState } from 'react'

/** Text that says more, shown on hover and focus, and read out as a description. Nothing where there is no text. */
export function useTooltip(text: string | undefined): {
  readonly target: Readonly<Record<string, unknown>>
  readonly shown: ReactNode
} {
  const id = useId()
  const [place, setPlace] = useState<DOMRect>()
  if (text === undefined) return { target: {}, shown: null }
  const show = (event: { currentTarget: HTMLElement }) =>
    setPlace(event.currentTarget.getBoundingClientRect())
  const hide = () => setPlace(undefined)
  const target = {
    'aria-describedby': id,
    onMouseEnter: show,
    onMouseLeave: hide,
    onFocus: show,
    onBlur: hide,
    onKeyDown: (event: { key: string }) => event.key === 'Escape' && hide(),
  }
  const style = place && { top: place.bottom + 6, left: Math.min(place.left, window.innerWidth - 260) }
  return {
    target,
    shown: (
      <span id={id} role="tooltip" className={place ? 'tooltip' : 'hidden-text'} style={style}>
        {text}
      </span>
    ),
  }
}
