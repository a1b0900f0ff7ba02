/** An answer of the bank that follows what it is asked about: one of waiting, here, or refused. */
import { onUnmounted, ref, watch, type Ref } from 'vue'
import { ask, Refusal } from './net'

export interface Answer<T> {
  data: Ref<T | null>
  refusal: Ref<Refusal | null>
  loading: Ref<boolean>
  load: () => Promise<void>
}

/** Ask `op` with `args()`, again whenever they change; nothing while they are null. `every` asks again by itself. */
export function useAnswer<T>(op: string, args: () => Record<string, unknown> | null, every = 0): Answer<T> {
  const data = ref(null) as Ref<T | null>
  const refusal = ref<Refusal | null>(null)
  const loading = ref(false)
  let turn = 0
  async function load(): Promise<void> {
    const wish = args()
    const mine = ++turn
    if (wish === null) {
      data.value = null
      return
    }
    loading.value = true
    try {
      const got = await ask<T>(op, wish)
      if (mine === turn) [data.value, refusal.value] = [got, null]
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (mine === turn) refusal.value = error
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  watch(
    () => JSON.stringify(args()),
    () => {
      data.value = null
      void load()
    },
    { immediate: true },
  )
  if (every) {
    const timer = setInterval(() => document.hidden || void load(), every)
    onUnmounted(() => clearInterval(timer))
  }
  return { data, refusal, loading, load }
}

/** Something one does: runs once at a time and keeps the refusal for the page to show. */
export function useAct(): { busy: Ref<boolean>; refusal: Ref<Refusal | null>; run: (act: () => Promise<void>) => Promise<void> } {
  const busy = ref(false)
  const refusal = ref<Refusal | null>(null)
  async function run(act: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    refusal.value = null
    try {
      await act()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusal.value = error
    } finally {
      busy.value = false
    }
  }
  return { busy, refusal, run }
}
