/** The service worker: registered once, and a waiting version taken into use when the reader says so. */
import { reactive, watch } from 'vue'
import { live } from './manifest'

export const update = reactive({ waiting: false, take: null as (() => void) | null })

export function registerWorker(): void {
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void navigator.serviceWorker.register('/sw.js', { scope: '/' }).then((registration) => {
    if (!registration) return
    const offer = (): void => {
      const worker = registration.waiting
      if (!worker || !navigator.serviceWorker.controller) return
      update.waiting = true
      update.take = () => worker.postMessage({ type: 'take' })
    }
    offer()
    watch(
      () => live.turn,
      () => void registration.update().catch(() => undefined),
    )
    registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer))
  })
  let reloading = false
  const controlled = Boolean(navigator.serviceWorker.controller)
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    if (reloading || !controlled) return
    reloading = true
    location.reload()
  })
}
