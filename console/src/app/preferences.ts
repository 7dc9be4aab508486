import type { Language } from '../i18n/text.ts'

/** What belongs to the reader and not to what is seen: it is kept in the browser, and is not part of addresses. */
export interface Preferences {
  readonly language: Language
  readonly theme: 'auto' | 'light' | 'dark'
  /** Single letters do things (WCAG 2.1.4: they can be switched off). */
  readonly keys: boolean
}

const name = 'isthmus.preferences'

export function readPreferences(): Preferences {
  const language: Language = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
  const defaults: Preferences = { language, theme: 'auto', keys: true }
  try {
    return { ...defaults, ...(JSON.parse(localStorage.getItem(name) ?? '{}') as Partial<Preferences>) }
  } catch {
    return defaults
  }
}

export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(name, JSON.stringify(preferences))
  } catch {
    // A browser that keeps nothing forgets them at the next start.
  }
}

/** Makes the document look and read so. */
export function applyPreferences({ language, theme }: Preferences): void {
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}
