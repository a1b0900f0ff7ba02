/** Where one is: /console/<page>/<id>. */
import { computed, reactive } from 'vue'
import { may } from './desk'
import type { Word } from './words'

export interface Place {
  key: string
  icon: string
  title: Word
  /** The operation that opens it; null for everybody's. */
  needs: string | null
}

export const PLACES: readonly Place[] = [
  { key: 'overview', icon: 'home', title: 'overview', needs: 'banks.list' },
  { key: 'customers', icon: 'users', title: 'customers', needs: 'customers.find' },
  { key: 'book', icon: 'book', title: 'book', needs: 'book.journal' },
  { key: 'closing', icon: 'lock', title: 'closing', needs: 'closing.view' },
  { key: 'held', icon: 'shield', title: 'held', needs: 'held.list' },
  { key: 'pages', icon: 'layers', title: 'pages', needs: 'pages.list' },
  { key: 'audit', icon: 'list', title: 'audit', needs: 'audit.page' },
  { key: 'settings', icon: 'settings', title: 'settings', needs: null },
]

function read(): { page: string; id: string } {
  const [page = '', id = ''] = decodeURIComponent(location.pathname).replace(/^\/console\/?/, '').split('/')
  return { page: page || 'overview', id }
}

export const route = reactive(read())

export const places = computed(() => PLACES.filter((place) => place.needs === null || may(place.needs)))

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
