/** What the console itself says, in both languages. */
import { prefs } from './prefs'
import { WORDS } from './words_table'

export type Word = keyof typeof WORDS

/** The word for `key` in the reader's language. */
export function w(key: Word, facts: Record<string, string | number> = {}): string {
  const said: string = WORDS[key][prefs.locale === 'en' ? 1 : 0]
  return said.replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ''))
}
