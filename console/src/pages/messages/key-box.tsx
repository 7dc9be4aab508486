import { useEffect, useRef, useState } from 'react'
import { useText } from '../../i18n/text.ts'
import { TextField } from '../../kit/field.tsx'
import { messagesText } from './text.ts'

const pauseMs = 250

/** Asks while it is typed, with a short pause, and never in the middle of a composition. Lists may be pasted. */
export function KeyBox({ q, onAsk }: { readonly q: string; onAsk(q: string): void }) {
  const t = useText(messagesText)
  const [typed, setTyped] = useState(q)
  /** Compositions that have ended: what they left is asked for. */
  const [, setComposed] = useState(0)
  const composing = useRef(false)
  const asked = useRef(q)
  const ask = useRef(onAsk)
  ask.current = onAsk
  useEffect(() => {
    // The address changed by itself: back, forward, a link.
    if (q !== asked.current) setTyped(q)
    asked.current = q
  }, [q])
  const tell = (text: string) => {
    if (composing.current || text.trim() === asked.current) return
    asked.current = text.trim()
    ask.current(asked.current)
  }
  useEffect(() => {
    const timer = setTimeout(() => tell(typed), pauseMs)
    return () => clearTimeout(timer)
  })
  return (
    <div
      onCompositionStart={() => {
        composing.current = true
      }}
      onCompositionEnd={() => {
        composing.current = false
        setComposed(count => count + 1)
      }}
    >
      <TextField
        label={t.box}
        value={typed}
        onChange={setTyped}
        rows={typed.includes('\n') ? 5 : 1}
        autoFocus
      />
    </div>
  )
}
