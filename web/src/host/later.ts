/** Parts of the client that come when they are needed: what does not arrive says so and can be asked for again. */
import { defineComponent, h, ref, shallowRef, type Component } from 'vue'
import LaterFault from './LaterFault.vue'
import { heldUp } from '../core/part'

type Load = () => Promise<{ default: Component }>
type Attrs = Record<string, unknown>

export interface How {
  /** The part lies over the page: its fault does too, and this is what closing it means. */
  giveUp?: (attrs: Attrs) => void
  /** Parts of a desk are no part of the phone's offline life. */
  desk?: boolean
}

const phone: Load[] = []

export function later(load: Load, how: How = {}): Component {
  const part = shallowRef<Component>()
  if (!how.desk) phone.push(load)
  return defineComponent({
    inheritAttrs: false,
    setup(_, { attrs, slots }) {
      const tries = ref(0)
      const failed = ref(false)
      const fetch = (): void => {
        failed.value = false
        load().then(
          (found) => (part.value = found.default),
          (fault: unknown) => {
            console.warn(fault)
            tries.value += 1
            failed.value = true
          },
        )
      }
      if (!part.value) fetch()
      return () => {
        if (part.value) return h(part.value, attrs, slots)
        if (!failed.value) return null
        const giveUp = how.giveUp && (() => how.giveUp?.(attrs))
        return h(LaterFault, { again: fetch, stale: tries.value > 1, giveUp })
      }
    },
  })
}

/** Fetch, one after another in quiet moments, what a phone may need without a network. */
export async function fetchParts(quiet: () => Promise<void>): Promise<void> {
  for (const load of [...phone, ...heldUp]) {
    await quiet()
    await load().catch(() => undefined)
  }
}
