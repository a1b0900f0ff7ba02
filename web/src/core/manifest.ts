/** The list of pages, the pages themselves by hash, and hearing of changes. */
import { markRaw, reactive, watch } from 'vue'
import { env } from './env'
import { cohort, loadCohort } from './cohort'
import { KIT, type Page, type Shell } from './schema.gen'
import { Refusal } from './net'
import { genuine } from './signed'
import { laidBody, laidList, rememberView } from './start'
import { word } from './words'

export interface Manifest {
  v: number
  app: string
  kit: number
  min_client: number
  locale: string
  cohort: string
  kill: string[]
  pages: Record<string, string>
  elder: Record<string, string>
  shell: string
}

interface Live {
  manifest: Manifest | null
  shell: Shell | null
  /** Grows each time the list of pages is another one. */
  turn: number
}

export const live = reactive<Live>({ manifest: null, shell: null, turn: 0 })
const bodies = new Map<string, Promise<unknown>>()

/** The hash of a page for this reader, or null when it is not published. */
export function hashOf(page: string): string | null {
  const { manifest } = live
  if (!manifest) return null
  return (env.elder ? manifest.elder[page] : undefined) ?? manifest.pages[page] ?? null
}

/** The page of a hash. Its bytes must be those the hash names, wherever they came from. */
export function pageOf(hash: string): Promise<Page> {
  return bodyOf(hash) as Promise<Page>
}

function bodyOf(hash: string): Promise<unknown> {
  let body = bodies.get(hash)
  if (!body) {
    body = fetchBody(hash)
    bodies.set(hash, body)
    body.catch(() => bodies.delete(hash))
  }
  return body
}

async function fetchBody(hash: string): Promise<unknown> {
  const bytes = laidBody(hash) ?? (await askBody(hash))
  if ('subtle' in crypto) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
    if (found !== hash) throw new Refusal('UNKNOWN', 'CLIENT.PAGE_CHANGED', word('unknown'))
  }
  return JSON.parse(new TextDecoder().decode(bytes)) as unknown
}

async function askBody(hash: string): Promise<ArrayBuffer> {
  const response = await fetch(`/ui/p/${hash}.json`).catch(() => null)
  if (!response) throw new Refusal('OFFLINE', 'CLIENT.OFFLINE', word('offline'))
  if (!response.ok) throw new Refusal('MISSING', 'PAGES.MISSING', word('pageMissing'))
  return response.arrayBuffer()
}

/** Where this reader's list of pages is. */
export function listAddress(): string {
  const wish = new URLSearchParams({ locale: env.locale, kit: String(KIT), ...(cohort() ? { cohort: cohort() } : {}) })
  return `/ui/manifest?${wish.toString()}`
}

/** Ask which readers this one belongs to, and for their pages when that is new. */
export async function learnCohort(): Promise<void> {
  if (await loadCohort()) await loadManifest()
}

/** Ask for the list of pages; keeps the present one when the bank cannot be reached. */
export async function loadManifest(): Promise<void> {
  rememberView(cohort())
  const laid = live.manifest ? null : (laidList(cohort()) as Manifest | null)
  if (laid && (await take(laid))) {
    // A frame kept by the service worker may be an old one: ask for the list as well, but let nobody wait for it.
    void askList().catch(() => undefined)
    return
  }
  await askList()
}

async function askList(): Promise<void> {
  const response = await fetch(listAddress(), { cache: 'no-cache' }).catch(() => null)
  if (!response?.ok) {
    if (!live.manifest) throw new Refusal('OFFLINE', 'CLIENT.OFFLINE', word('offline'))
    return
  }
  const found = (await response.json()) as Manifest
  if (await take(found)) return
  if (!live.manifest) throw new Refusal('UNKNOWN', 'CLIENT.LIST_CHANGED', word('unknown'))
}

/** Make a list the present one; false when it is not the bank's. */
async function take(found: Manifest): Promise<boolean> {
  if (JSON.stringify(found) === JSON.stringify(live.manifest)) return true
  // The first page is made ready meanwhile; nothing of it is used before the list is known to be the bank's.
  const [right, shell] = await Promise.all([genuine(found), bodyOf(found.shell)])
  if (!right) return false
  Object.assign(live, { manifest: markRaw(found), shell: markRaw(shell as Shell), turn: live.turn + 1 })
  prefetch(found)
  return true
}

/** Fetch pages in quiet moments, so that the next touch does not wait for the network. */
function prefetch(manifest: Manifest): void {
  const hashes = Object.values(env.elder ? { ...manifest.pages, ...manifest.elder } : manifest.pages)
  const idle = 'requestIdleCallback' in window ? requestIdleCallback : (run: () => void) => setTimeout(run, 200)
  const next = (): void => {
    const hash = hashes.shift()
    if (!hash) return
    bodyOf(hash).catch(() => undefined).finally(() => idle(next))
  }
  idle(next)
}

/** Hear of changes: server-sent events, and a look whenever the app comes back into view. */
export function listen(): void {
  const look = (): void => void loadManifest().catch(() => undefined)
  const stream = new EventSource('/ui/events')
  stream.addEventListener('open', () => (env.online = true))
  stream.addEventListener('manifest', (event: MessageEvent<string>) => {
    if (event.data.includes('"cohorts":true') || event.data.includes('"cohorts": true')) void learnCohort().then(look, look)
    else look()
  })
  addEventListener('online', look)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && look())
  navigator.serviceWorker?.addEventListener('message', (event: MessageEvent<{ type?: string }>) => {
    if (event.data.type === 'manifest') look()
  })
  watch(() => env.locale, look)
  watch(() => [env.locale, env.elder], () => rememberView(cohort()))
}
