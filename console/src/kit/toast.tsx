import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Button } from './button.tsx'

interface Toast {
  readonly id: number
  readonly text: string
  readonly tone?: 'failed' | 'warn' | undefined
  readonly action?: { readonly label: string; run(): void } | undefined
}

export type Tell = (text: string, more?: Pick<Toast, 'tone' | 'action'>) => void

const ToastContext = createContext<Tell>(() => {})

/** Tells what was done, for some seconds, with one thing that can be done about it (undo). Read out politely. */
export function useTell(): Tell {
  return useContext(ToastContext)
}

const shownMs = 8000

export function Toasts({ children }: { readonly children: ReactNode }) {
  const t = useText(common)
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const drop = useCallback((id: number) => setToasts(all => all.filter(toast => toast.id !== id)), [])
  const tell: Tell = useMemo(() => {
    let last = 0
    return (text, more) => {
      const id = ++last
      setToasts(all => [...all.slice(-3), { id, text, ...more }])
      setTimeout(() => drop(id), shownMs)
    }
  }, [drop])
  return (
    <ToastContext value={tell}>
      {children}
      <div className="toasts" role="status">
        {toasts.map(({ id, text, tone, action }) => (
          <div key={id} className={`notice ${tone ?? ''}`}>
            <span className="grow">{text}</span>
            {action && (
              <Button
                size="small"
                onClick={() => {
                  action.run()
                  drop(id)
                }}
              >
                {action.label}
              </Button>
            )}
            <Button size="small" look="quiet" icon="close" onClick={() => drop(id)}>
              <span className="hidden-text">{t.close}</span>
            </Button>
          </div>
        ))}
      </div>
    </ToastContext>
  )
}
