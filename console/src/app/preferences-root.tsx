import { type ReactNode, useEffect, useLayoutEffect, useState } from 'react'
import { LanguageContext } from '../i18n/text.ts'
import { applyPreferences, keepPreferences, type Preferences, readPreferences } from './preferences.ts'
import { PreferencesContext } from './preferences-context.ts'

/** Holds what the reader prefers, and makes the document follow. */
export function PreferencesRoot({ children }: { children(keys: boolean): ReactNode }) {
  const [preferences, setPreferences] = useState<Preferences>(readPreferences)
  const change = (part: Partial<Preferences>) =>
    setPreferences(before => {
      const now = { ...before, ...part }
      keepPreferences(now)
      return now
    })
  useLayoutEffect(() => applyPreferences(preferences), [preferences])
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const follow = () => applyPreferences(preferences)
    scheme.addEventListener('change', follow)
    return () => scheme.removeEventListener('change', follow)
  }, [preferences])
  useEffect(() => {
    // Another window of the same reader changed them.
    const follow = () => setPreferences(readPreferences())
    window.addEventListener('storage', follow)
    return () => window.removeEventListener('storage', follow)
  }, [])
  return (
    <PreferencesContext value={{ preferences, change }}>
      <LanguageContext value={preferences.language}>{children(preferences.keys)}</LanguageContext>
    </PreferencesContext>
  )
}
