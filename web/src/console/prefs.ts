/** How this desk shows the console. Kept apart from the app's own choices, which belong to customers. */
import { reactive, watchEffect } from 'vue'

export type Theme = 'auto' | 'light' | 'dark' | 'hc'
export interface Prefs {
  locale: 'zh-CN' | 'en'
  theme: Theme
}

const KEY = 'fs.console'

function kept(): Partial<Prefs> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Prefs>
  } catch {
    return {}
  }
}

const was = kept()

export const prefs = reactive<Prefs>({
  locale: was.locale ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en'),
  theme: was.theme ?? 'auto',
})

export function choose(change: Partial<Prefs>): void {
  Object.assign(prefs, change)
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs))
  } catch {
    // A browser that keeps nothing: the choice lasts as long as the page.
  }
}

/** Keep the root element in step. */
export function applyPrefs(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const strong = matchMedia('(prefers-contrast: more)')
  const root = document.documentElement
  const paint = (): void => {
    root.dataset['theme'] = prefs.theme === 'auto' ? (strong.matches ? 'hc' : dark.matches ? 'dark' : 'light') : prefs.theme
    root.lang = prefs.locale
  }
  watchEffect(paint)
  for (const wish of [dark, strong]) wish.addEventListener('change', paint)
}
