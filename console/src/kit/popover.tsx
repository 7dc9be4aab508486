import { type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button, type ButtonProps } from './button.tsx'

/** A button with a layer of its own below it. Escape and a click elsewhere close it and give the focus back. */
export function Popover(
  props: Pick<ButtonProps, 'icon' | 'look' | 'size'> & {
    readonly label: ReactNode
    /** Given how to close the layer. */
    readonly children: ReactNode | ((close: () => void) => ReactNode)
  },
) {
  const { label, children, ...look } = props
  const id = useId()
  const root = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState(false)
  useEffect(() => {
    if (!open) return
    const onPointer = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.preventDefault()
      setOpen(false)
      root.current?.querySelector('button')?.focus()
    }
    document.addEventListener('pointerdown', onPointer)
    document.addEventListener('keydown', onKey, true)
    return () => {
      document.removeEventListener('pointerdown', onPointer)
      document.removeEventListener('keydown', onKey, true)
    }
  }, [open])
  return (
    <div ref={root} className="popover">
      <Button {...look} pressed={open} onClick={() => setOpen(!open)}>
        {label}
      </Button>
      {open && (
        <div id={id} className="menu">
          {typeof children === 'function' ? children(() => setOpen(false)) : children}
        </div>
      )}
    </div>
  )
}
