import { type ReactNode, useEffect, useId, useRef } from 'react'
import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Button } from './button.tsx'

/** A modal question. Escape and Cancel leave it; focus goes back to where it came from. */
export function Dialog(props: {
  readonly title: string
  readonly children: ReactNode
  readonly confirm: string
  readonly look?: 'primary' | 'danger'
  /** Why it cannot be confirmed yet. */
  readonly refused?: string | undefined
  onConfirm(): void
  onClose(): void
}) {
  const { title, children, confirm, look = 'primary', refused, onConfirm, onClose } = props
  const t = useText(common)
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null
    dialog.current?.showModal()
    return () => before?.focus()
  }, [])
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (refused === undefined) onConfirm()
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
        <footer>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" look={look} refused={refused}>
            {confirm}
          </Button>
        </footer>
      </form>
    </dialog>
  )
}
