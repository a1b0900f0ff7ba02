/** Make ready for times without a network: the list, its pages and the parts of the program, kept by the service worker. */
import { watch } from 'vue'
import { listAddress, live } from '../core/manifest'
import { fetchParts } from '../host/later'

const quiet = (): Promise<void> =>
  new Promise((resolve) => ('requestIdleCallback' in window ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 300)))

function paths(): string[] {
  const { manifest } = live
  if (!manifest) return []
  const hashes = new Set([...Object.values(manifest.pages), ...Object.values(manifest.elder), manifest.shell])
  const loaded = performance.getEntriesByType('resource').map((one) => new URL(one.name))
  const parts = loaded.filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/')).map((url) => url.pathname)
  return [listAddress(), '/mark.svg', '/app.webmanifest', ...Array.from(hashes, (hash) => `/ui/p/${hash}.json`), ...parts]
}

/** Once a worker stands, tell it what to keep, and again when there is another list. */
export function prepareOffline(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  const say = (): void => navigator.serviceWorker.controller?.postMessage({ type: 'keep', paths: paths() })
  const thrifty = (navigator as { connection?: { saveData?: boolean } }).connection?.saveData === true
  void navigator.serviceWorker.ready.then(async () => {
    await quiet()
    if (!thrifty) await fetchParts(quiet)
    say()
    watch(() => live.turn, say)
  })
  navigator.serviceWorker.addEventListener('controllerchange', say)
}
