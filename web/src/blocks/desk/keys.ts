/** Keys that act from anywhere on a desk: lists and acts say what they know, whoever draws the desk hands keys to them. */
import { onBeforeUnmount, onMounted } from 'vue'

type Handler = (event: KeyboardEvent) => boolean

const handlers: Handler[] = []

/** Hear keys while mounted; a handler says whether it knew the key. */
export function useDeskKeys(handler: Handler): void {
  onMounted(() => handlers.push(handler))
  onBeforeUnmount(() => handlers.splice(handlers.indexOf(handler), 1))
}

/** Hand a key to whom it may mean something, the newest first; true when it was known. */
export function deskKey(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return false
  return [...handlers].reverse().some((handler) => handler(event))
}
