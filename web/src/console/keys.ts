/** The keyboard: j k and arrows through what a page lists, Enter to open, / to search, digits to change page. */
import { onUnmounted, reactive } from 'vue'
import { desk } from './desk'
import { go, places } from './router'
import { deskKey } from '../blocks/desk/keys'

export interface Listing {
  move: (by: 1 | -1) => void
  open: () => void
}

const listings: Listing[] = []

export const help = reactive({ open: false })

/** The page's main list; the innermost one that is mounted takes the keys. */
export function useListing(listing: Listing): void {
  listings.push(listing)
  onUnmounted(() => listings.splice(listings.indexOf(listing), 1))
}

function typing(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && target.type === 'checkbox') return false
  return target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))
}

function press(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !desk.me.signed_in) return
  if (typing(event.target)) {
    if (event.key === 'Escape') (event.target as HTMLElement).blur()
    return
  }
  if (document.querySelector('dialog[open]')) return
  if (act(event.key) || deskKey(event)) event.preventDefault()
}

function act(key: string): boolean {
  const listing = listings.at(-1)
  const digit = Number(key)
  if (key === '/') return focusSearch()
  if (key === '?') return (help.open = true)
  if (digit >= 1 && digit <= places.value.length) {
    go(places.value[digit - 1]?.key ?? 'overview')
    return true
  }
  if (!listing) return false
  if (key === 'j') listing.move(1)
  else if (key === 'k') listing.move(-1)
  else if (key === 'Enter' && (document.activeElement === document.body || document.activeElement?.closest('[data-list]'))) listing.open()
  else return false
  return true
}

function focusSearch(): boolean {
  const field = document.querySelector<HTMLElement>('[data-search]')
  field?.focus()
  return field !== null
}

export function listenKeys(): void {
  addEventListener('keydown', press)
}

/** The item `by` steps from `at` in a list, held at its ends. */
export function step(length: number, at: number, by: number): number {
  return length ? Math.min(length - 1, Math.max(0, at < 0 ? 0 : at + by)) : -1
}

/** Bring a list's chosen row into sight. */
export function reveal(): void {
  requestAnimationFrame(() => document.querySelector('[data-list] [aria-current=true],[data-list] [aria-selected=true]')?.scrollIntoView({ block: 'nearest' }))
}
