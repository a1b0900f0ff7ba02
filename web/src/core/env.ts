/** How this phone shows the bank: language, light, size, privacy. Kept on the phone, applied to the root element. */
import { reactive, watchEffect } from 'vue'
import { localNow } from './time'

export type Theme = 'auto' | 'light' | 'dark' | 'hc'

export interface Env {
  locale: 'zh-CN' | 'en'
  theme: Theme
  elder: boolean
  moneyHidden: boolean
  online: boolean
  today: string
  hour: number
}

const KEY = 'fs.env'

function kept(): Partial<Env> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Env>
  } catch {
    return {}
  }
}

const was = kept()

export const env = reactive<Env>({
  locale: was.locale ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en'),
  theme: was.theme ?? 'auto',
  elder: was.elder ?? false,
  moneyHidden: was.moneyHidden ?? false,
  online: navigator.onLine,
  today: localNow().iso,
  hour: localNow().hour,
})

/** Whether the reader chose anything on this phone; until then the bank's own settings of the customer count. */
export const chosen = { here: Object.keys(was).length > 0 }

export function choose(change: Partial<Pick<Env, 'locale' | 'theme' | 'elder' | 'moneyHidden'>>): void {
  Object.assign(env, change)
  chosen.here = true
  const { locale, theme, elder, moneyHidden } = env
  try {
    localStorage.setItem(KEY, JSON.stringify({ locale, theme, elder, moneyHidden }))
  } catch {
    // A phone in private mode keeps nothing; the choice lasts as long as the page.
  }
}

/** Keep the root element and the clock in step with `env`. */
export function applyEnv(): void {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const strong = matchMedia('(prefers-contrast: more)')
  const root = document.documentElement
  const paint = (): void => {
    const theme = env.theme === 'auto' ? (strong.matches ? 'hc' : dark.matches ? 'dark' : 'light') : env.theme
    root.dataset['theme'] = theme
    root.toggleAttribute('data-elder', env.elder)
    root.lang = env.locale
    const paper = getComputedStyle(root).getPropertyValue('--c-bg').trim()
    document.querySelector('meta[name=theme-color]')?.setAttribute('content', paper)
  }
  watchEffect(paint)
  for (const wish of [dark, strong]) wish.addEventListener('change', paint)
  addEventListener('online', () => (env.online = true))
  addEventListener('offline', () => (env.online = false))
  setInterval(() => {
    const now = localNow()
    env.today = now.iso
    env.hour = now.hour
  }, 60_000)
}
