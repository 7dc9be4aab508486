import { createContext, useContext } from 'react'
import type { Preferences } from './preferences.ts'

export const PreferencesContext = createContext<{
  readonly preferences: Preferences
  change(part: Partial<Preferences>): void
}>({ preferences: { language: 'en', theme: 'auto', keys: true }, change: () => {} })

export function usePreferences() {
  return useContext(PreferencesContext)
}
