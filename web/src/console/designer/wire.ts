/** A source as one reader's client gets it, drawn here so that typing needs no round trip; the twin of fengshou/pages/resolve.py. */
import { fields, type Book } from './schema'
import type { Json, Schema, Source } from './types'

export interface Reader {
  locale: 'zh-CN' | 'en'
  elder: boolean
}

const isBox = (value: Json | undefined): value is Source => typeof value === 'object' && value !== null && !Array.isArray(value)

export const isBilingual = (value: Json | undefined): value is { zh: string; en: string } =>
  isBox(value) && typeof value['zh'] === 'string' && typeof value['en'] === 'string' && Object.keys(value).length === 2

const empty = (value: Json | undefined): boolean =>
  value === undefined || value === null || value === false || (Array.isArray(value) ? !value.length : isBox(value) && !Object.keys(value).length)

function texts(value: Json, locale: Reader['locale']): Json {
  if (isBilingual(value)) return locale === 'en' ? value.en : value.zh
  if (Array.isArray(value)) return value.map((item) => texts(item, locale))
  if (isBox(value)) return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, texts(item, locale)]))
  return value
}

/** A block, with members at their defaults and its parts likewise. */
function part(book: Book, value: Json, schema: Schema): Json {
  if (!isBox(value)) return value
  const made: Source = { ...value }
  for (const field of fields(schema)) {
    const rule = schema.properties?.[field.name]
    if (made[field.name] === undefined && rule?.default !== undefined && !empty(rule.default)) made[field.name] = rule.default
    const here = made[field.name]
    if (here === undefined) continue
    if (field.widget === 'part' && field.part) made[field.name] = part(book, here, book.part(field.part))
    else if (field.widget === 'parts' && field.part && Array.isArray(here)) {
      const name = field.part
      made[field.name] = here.map((item) => part(book, item, book.part(name)))
    } else if (field.widget === 'blocks') made[field.name] = blocks(book, here)
    else if (field.widget === 'actions') made[field.name] = actions(book, here)
  }
  return made
}

function blocks(book: Book, value: Json): Json {
  if (!Array.isArray(value)) return []
  return value.map((item) => (isBox(item) ? part(book, item, book.block(String(item['t']))) : item))
}

function actions(book: Book, value: Json): Json {
  if (!Array.isArray(value)) return []
  return value.map((item) => (isBox(item) ? part(book, item, book.action(String(item['do']))) : item))
}

/** The page of `source` for one reader, with each of its parts where the protocol wants it. */
export function wire(book: Book, source: Source, reader: Reader): Source {
  const { variants, ...page } = source
  const over = reader.elder && isBox(variants) && isBox(variants['elder']) ? variants['elder'] : {}
  const given: Source = { v: 1, auth: 'login', refresh: true, ...page }
  for (const [name, value] of Object.entries(over)) if (value !== null) given[name] = value
  given['nav'] = { bar: true, ...(isBox(given['nav']) ? given['nav'] : {}) }
  for (const zone of ['blocks', 'foot']) given[zone] = blocks(book, given[zone] ?? [])
  if (isBox(given['data'])) {
    given['data'] = Object.fromEntries(Object.entries(given['data']).map(([name, data]) => [name, isBox(data) ? { on_error: 'page', ...data } : data]))
  }
  if (isBox(given['sheets'])) {
    const sheets = Object.entries(given['sheets']).map(([name, sheet]): [string, Json] => [
      name,
      isBox(sheet) ? { ...sheet, blocks: blocks(book, sheet['blocks'] ?? []), foot: blocks(book, sheet['foot'] ?? []) } : sheet,
    ])
    given['sheets'] = Object.fromEntries(sheets)
  }
  return texts(given, reader.locale) as Source
}
