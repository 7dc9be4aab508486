import type { ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'
import { useTooltip } from './tooltip.tsx'

export interface ButtonProps {
  readonly children: ReactNode
  readonly onClick?: (() => void) | undefined
  readonly look?: 'primary' | 'danger' | 'quiet' | undefined
  readonly size?: 'small' | undefined
  readonly icon?: IconName | undefined
  /** The key that does the same. */
  readonly hint?: string | undefined
  /** Why it cannot be pressed: it stays reachable, and says so. */
  readonly refused?: string | undefined
  readonly type?: 'submit' | undefined
  readonly pressed?: boolean | undefined
}

export function Button(props: ButtonProps) {
  const { children, onClick, look, size, icon, hint, refused, type = 'button', pressed } = props
  const tooltip = useTooltip(refused)
  return (
    <button
      type={type}
      className={['button', look, size].filter(Boolean).join(' ')}
      aria-disabled={refused !== undefined || undefined}
      aria-pressed={pressed}
      onClick={event => {
        if (refused !== undefined) event.preventDefault()
        else onClick?.()
      }}
      {...tooltip.target}
    >
      {icon && <Icon name={icon} />}
      {children}
      {hint && <kbd aria-hidden="true">{hint}</kbd>}
      {tooltip.shown}
    </button>
  )
}
