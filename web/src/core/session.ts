/** Who is signed in, as the bank says it. */
import { reactive } from 'vue'
import { dropAhead, rememberSession } from './ahead'
import { choose, chosen, env, type Theme } from './env'
import { ask } from './net'

export interface Me {
  signed_in: boolean
  customer?: { name_masked?: string; greeting?: string }
  bank?: { id: number; name: string | { zh: string; en: string }; theme?: string }
  banks?: unknown[]
  unread?: number
  settings?: { elder?: boolean; theme?: Theme; locale?: 'zh-CN' | 'en' }
}

export const session = reactive<{ me: Me; known: boolean }>({ me: { signed_in: false }, known: false })

/** Ask who is signed in; a bank that does not answer leaves what was known. */
export async function loadSession(): Promise<void> {
  const me = (await ask('session.me')) as Me
  session.me = me
  session.known = true
  rememberSession(me.signed_in)
  if (me.signed_in && me.settings && !chosen.here) choose(clean(me.settings))
  const root = document.documentElement
  if (me.bank?.theme && me.bank.theme !== 'qinghe') root.dataset['bank'] = me.bank.theme
  else delete root.dataset['bank']
}

function clean(settings: NonNullable<Me['settings']>): Parameters<typeof choose>[0] {
  return {
    elder: settings.elder ?? env.elder,
    theme: settings.theme ?? env.theme,
    locale: settings.locale ?? env.locale,
  }
}

/** The bank's name in the reader's language. */
export function bankName(): string {
  const name = session.me.bank?.name ?? ''
  return typeof name === 'string' ? name : env.locale === 'en' ? name.en : name.zh
}

export function forget(): void {
  dropAhead()
  rememberSession(false)
  session.me = { signed_in: false, ...(session.me.bank ? { bank: session.me.bank } : {}) }
}
