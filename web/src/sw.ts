/** The service worker: what is named by its hash is kept for ever, the manifest is shown old and asked anew, the bank never kept. */
/// <reference lib="webworker" />
declare const self: ServiceWorkerGlobalScope & typeof globalThis
export {}

const HASHED = 'fs-hashed-1'
const SHELL = 'fs-shell-1'
const PAGES_MAX = 600

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then((cache) => cache.add(new Request('/app/', { cache: 'reload' }))))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      await Promise.all(names.filter((name) => name.startsWith('fs-') && name !== HASHED && name !== SHELL).map((name) => caches.delete(name)))
      await self.clients.claim()
    }),
  )
})

self.addEventListener('message', (event: ExtendableMessageEvent) => {
  if ((event.data as { type?: string }).type === 'take') void self.skipWaiting()
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/ui/p/') || url.pathname.startsWith('/assets/')) event.respondWith(first(request))
  else if (url.pathname === '/ui/manifest') event.respondWith(manifest(event, request))
  else if (request.mode === 'navigate' && url.pathname.startsWith('/app')) event.respondWith(shell(request))
})

/** From the cache, else from the network into it. */
async function first(request: Request): Promise<Response> {
  const cache = await caches.open(HASHED)
  const kept = await cache.match(request)
  if (kept) return kept
  const response = await fetch(request)
  if (response.ok) {
    await cache.put(request, response.clone())
    void trim(cache)
  }
  return response
}

async function trim(cache: Cache): Promise<void> {
  const keys = await cache.keys()
  await Promise.all(keys.slice(0, Math.max(0, keys.length - PAGES_MAX)).map((key) => cache.delete(key)))
}

/** The kept manifest at once; meanwhile the new one, and a word to the open app when it differs. */
async function manifest(event: FetchEvent, request: Request): Promise<Response> {
  const cache = await caches.open(SHELL)
  const kept = await cache.match(request)
  const fresh = fetch(request).then(async (response) => {
    if (!response.ok) return response
    const changed = kept !== undefined && kept.headers.get('etag') !== response.headers.get('etag')
    await cache.put(request, response.clone())
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
