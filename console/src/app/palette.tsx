import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useText } from '../i18n/text.ts'
import { Icon } from '../kit/icon.tsx'
import { isComposing, useKeys } from './keys.ts'
import { places } from './places.ts'
import { shellText } from './text.ts'

/** One box: a business key finds messages, a word goes to a place. `/` and Ctrl K come here. */
export function Palette(props: { onFind(text: string): void; onGo(path: `/${string}`): void }) {
  const t = useText(shellText)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  useKeys({ '/': () => input.current?.focus() })
  useEffect(() => {
    const onKeyDown = (event: globalThis.KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k' && !isComposing(event)) {
        event.preventDefault()
        input.current?.focus()
      }
    }
    document.addEventListener('keydown', onKeyDown)
    return () => document.removeEventListener('keydown', onKeyDown)
  }, [])
  const wanted = text.trim().toLowerCase()
  const fitting = places.filter(place => t.places[place.id].toLowerCase().includes(wanted))
  const choices = [
    ...(wanted === '' ? [] : [{ label: t.find(text.trim()), run: () => props.onFind(text.trim()) }]),
    ...fitting.map(place => ({ label: t.goTo(t.places[place.id]), run: () => props.onGo(place.path) })),
  ]
  const choose = (index: number) => {
    choices[index]?.run()
    setText('')
    setOpen(false)
    input.current?.blur()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (isComposing(event.nativeEvent)) return
    if (event.key === 'ArrowDown') setAt(Math.min(choices.length - 1, at + 1))
    else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
    else if (event.key === 'Enter') choose(at)
    else if (event.key === 'Escape') {
      setOpen(false)
      input.current?.blur()
    } else return
    event.preventDefault()
  }
  return (
    <div className="palette" role="search">
      <Icon name="search" />
      <input
        ref={input}
        role="combobox"
        aria-label={t.searchLabel}
        aria-expanded={open}
        aria-controls={id}
        aria-activedescendant={open && choices[at] ? `${id}-${at}` : undefined}
        aria-autocomplete="list"
        placeholder={t.search}
        value={text}
        onChange={event => {
          setText(event.target.value)
          setAt(0)
          setOpen(true)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <kbd aria-hidden="true">/</kbd>
      <div
        id={id}
        role="listbox"
        aria-label={t.searchLabel}
        className={open ? 'menu choices' : 'hidden-text'}
      >
        {open &&
          choices.map(({ label }, index) => (
            <div
              key={label}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === at}
              onMouseDown={event => {
                event.preventDefault()
                choose(index)
              }}
            >
              {label}
            </div>
          ))}
        {open && choices.length === 0 && <p className="muted">{t.noCommand}</p>}
      </div>
    </div>
  )
}
