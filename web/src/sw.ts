/** The service worker: what is named by its hash is kept, the manifest is shown old and asked anew, the bank never kept. */
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & typeof globalThis
export {}

// Each kind of thing in its own store, so that many pages never push out the program, nor a build the pages.
const PAGES = 'fs-pages-1'
const ASSETS = 'fs-assets-1'
const SHELL = 'fs-shell-1'
const MOST = { [PAGES]: 600, [ASSETS]: 160, [SHELL]: 12 } as Record<string, number>
/** What the open app says it needs: never trimmed away. */
const wanted = new Set<string>()

self.addEventListener('install', (event) => {
  event.waitUntil(keepFrame())
})

/** The frame and what it names, so that the very first visit can be the last one with a network. */
async function keepFrame(): Promise<void> {
  const response = await fetch(new Request('/app/', { cache: 'reload' }))
  if (!response.ok) throw new Error(`the frame: ${response.status}`)
  const words = await response.clone().text()
  await (await caches.open(SHELL)).put('/app/', response)
  const named = Array.from(words.matchAll(/(?:src|href)="(\/[\w./-]+\.(?:js|css|svg|webmanifest))"/g), (hit) => hit[1] as string)
  await keep(named)
}

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      await Promise.all(names.filter((name) => name.startsWith('fs-') && !(name in MOST)).map((name) => caches.delete(name)))
      await self.clients.claim()
    }),
  )
})

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  const said = event.data as { type?: string; paths?: unknown }
  if (said.type === 'take') void self.skipWaiting()
  if (said.type === 'keep' && Array.isArray(said.paths)) {
    const paths = said.paths.filter((path): path is string => typeof path === 'string' && path.startsWith('/'))
    wanted.clear()
    for (const path of paths) wanted.add(path)
    event.waitUntil(keep(paths))
  }
})

/** Which store a path belongs to; null for what is never kept. */
function storeOf(path: string): string | null {
  if (path.startsWith('/ui/p/')) return PAGES
  if (path.startsWith('/assets/')) return ASSETS
  if (path === '/ui/manifest' || path.startsWith('/ui/manifest?') || path === '/mark.svg' || path === '/app.webmanifest') return SHELL
  return null
}

/** Fetch what is not kept yet. One that does not come is asked for when it is needed. */
async function keep(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const name = storeOf(path)
    if (!name) continue
    const cache = await caches.open(name)
    if (await cache.match(path)) continue
    const response = await fetch(path).catch(() => null)
    if (response?.ok) await cache.put(path, response)
  }
  await Promise.all(Object.keys(MOST).map(trim))
}

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  const name = storeOf(url.pathname)
  if (name === PAGES || name === ASSETS) event.respondWith(first(name, request))
  else if (url.pathname === '/ui/manifest') event.respondWith(manifest(event, request))
  else if (request.mode === 'navigate' && url.pathname.startsWith('/app')) event.respondWith(shell(request))
})

/** From the cache, else from the network into it. */
async function first(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(name)
  const kept = await cache.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) {
    await cache.put(request, response.clone())
    void trim(name)
  }
  return response
}

async function trim(name: string): Promise<void> {
  const cache = await caches.open(name)
  const keys = await cache.keys()
  const spare = keys.filter((key) => {
    const { pathname, search } = new URL(key.url)
    return pathname !== '/app/' && !wanted.has(pathname + search)
  })
  await Promise.all(spare.slice(0, Math.max(0, keys.length - (MOST[name] ?? 0))).map((key) => cache.delete(key)))
}

/** The kept manifest at once; meanwhile the new one, and a word to the open app when it differs. */
async function manifest(event: FetchEvent, request: Request): Promise<Response> {
  const cache = await caches.open(SHELL)
  const kept = await cache.match(request)
  const fresh = fetch(request).then(async (response) => {
    if (!response.ok) return response
    const changed = kept !== undefined && kept.headers.get('etag') !== response.headers.get('etag')
    await cache.put(request, response.clone())
    void trim(SHELL)
    if (changed) for (const client of await self.clients.matchAll()) client.postMessage({ type: 'manifest' })
    return response
  })
  if (!kept) return fresh
  event.waitUntil(fresh.catch(() => undefined))
  return kept.clone()
}

/** The app's frame from the network, so that a new build is used at once; without a network the kept one. */
async function shell(request: Request): Promise<Response> {
  const cache = await caches.open(SHELL)
  try {
    const response = await fetch(request)
    if (response.ok) await cache.put('/app/', response.clone())
    return response
  } catch {
    return (await cache.match('/app/')) ?? Response.error()
  }
}
