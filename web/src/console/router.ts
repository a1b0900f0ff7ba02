/** Where one is: /console/<page>/<id>. */
import { computed, reactive } from 'vue'
import { desk, may } from './desk'
import { bi } from './text'
import type { Bi } from './types'
import { w, type Word } from './words'

export interface Place {
  key: string
  icon: string
  /** A word of the console, or of a desk of content. */
  title: Word | Bi
  /** The operation that opens it; null for everybody's. */
  needs: string | null
  order: number
  /** What stands in the bar; the rail has less room. */
  whole?: Bi
  /** A page of content rather than one of this program. */
  made?: boolean
}

export const PLACES: readonly Place[] = [
  { key: 'overview', icon: 'home', title: 'overview', needs: 'banks.list', order: 10 },
  { key: 'customers', icon: 'users', title: 'customers', needs: 'customers.find', order: 20 },
  { key: 'book', icon: 'book', title: 'book', needs: 'book.journal', order: 30 },
  { key: 'closing', icon: 'lock', title: 'closing', needs: 'closing.view', order: 40 },
  { key: 'held', icon: 'shield', title: 'held', needs: 'held.list', order: 50 },
  { key: 'pages', icon: 'layers', title: 'pages', needs: 'pages.list', order: 60 },
  { key: 'settings', icon: 'settings', title: 'settings', needs: null, order: 99 },
]

function read(): { page: string; id: string } {
  const [page = '', id = ''] = decodeURIComponent(location.pathname).replace(/^\/console\/?/, '').split('/')
  return { page: page || 'overview', id }
}

export const route = reactive(read())

/** What is drawn by the console itself, with the desks of content among it. */
export const places = computed<Place[]>(() => {
  const own = PLACES.filter((place) => place.needs === null || may(place.needs))
  const made = desk.desks.map((one) => ({ key: one.key, icon: one.icon, title: one.short, whole: one.title, needs: null, order: one.order, made: true }))
  return [...own, ...made].sort((a, b) => a.order - b.order)
})

/** How a place is called in the rail. */
export const called = (one: Place): string => (typeof one.title === 'string' ? w(one.title) : bi(one.title))

/** How a desk is called where there is room. */
export const titled = (one: Place): string => (one.whole ? bi(one.whole) : called(one))

export const place = computed(() => places.value.find((one) => one.key === route.page) ?? places.value[0])

export function path(page: string, id = ''): string {
  return `/console/${page}${id ? `/${id}` : ''}`
}

export function go(page: string, id = '', replace = false): void {
  if (page === route.page && id === route.id) return
  history[replace ? 'replaceState' : 'pushState'](null, '', path(page, id))
  Object.assign(route, { page, id })
}

addEventListener('popstate', () => Object.assign(route, read()))
