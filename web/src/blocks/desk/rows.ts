/** Rows of an operation that answers by keyset, with the chosen one; worked by arrows, J, K and Enter. */
import { computed, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref } from 'vue'
import type { Reader } from '../scope'
import { ask, Refusal } from '../../core/net'
import type { Json } from '../../core/schema.gen'
import { member } from '../../core/values'

interface Wish {
  op?: string
  args?: Record<string, Json>
  rows: string
  repeat?: string
  size: number
  into?: string
  /** Choose the first row when nothing is chosen. */
  first?: boolean
}

/** What an item is told from others by; empty when it has no `id`. */
export function idOf(item: unknown): string {
  const id = member(item, 'id')
  return typeof id === 'string' ? id : ''
}

export interface Rows {
  items: Ref<unknown[]>
  next: Ref<unknown>
  loading: Ref<boolean>
  said: Ref<string>
  at: Ref<number>
  load: (more?: boolean) => Promise<void>
  choose: (at: number) => void
  move: (by: number) => void
}

export function useRows(reader: Reader, wish: Wish): Rows {
  const { context, extra } = reader
  const fetched = shallowRef<unknown[]>([])
  const next = ref<unknown>(null)
  const loading = ref(false)
  const said = ref('')
  const at = ref(-1)
  let turn = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const args = computed(() => JSON.stringify(context.args(wish.args ?? {}, extra.value)))
  const items = computed(() => (wish.op ? fetched.value : context.items(wish.repeat, extra.value).slice(0, wish.size)))

  async function load(more = false): Promise<void> {
    if (!wish.op) return
    turn += 1
    const mine = turn
    loading.value = !more && !fetched.value.length
    try {
      const body = { ...(JSON.parse(args.value) as object), limit: wish.size, ...(more && next.value !== null ? { before: next.value } : {}) }
      const answer = await ask(wish.op, body)
      if (mine !== turn) return
      const found = member(answer, wish.rows)
      fetched.value = [...(more ? fetched.value : []), ...(Array.isArray(found) ? found : [])]
      next.value = member(answer, 'next')
      said.value = ''
      follow()
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      said.value = error.text
    } finally {
      if (mine === turn) loading.value = false
    }
  }
  /** The chosen thing stays chosen where it is now; what has left the list stays in sight until another is chosen. */
  function follow(): void {
    const chosen = wish.into ? idOf(context.read(wish.into)) : ''
    if (chosen) at.value = items.value.findIndex((item) => idOf(item) === chosen)
    else if (wish.first && wish.into && items.value.length) choose(0)
    else if (wish.into && !context.read(wish.into)) at.value = -1
  }
  function choose(now: number): void {
    at.value = now
    if (wish.into) context.write(wish.into, items.value[now] ?? null)
  }
  function move(by: number): void {
    if (items.value.length) choose(Math.min(items.value.length - 1, Math.max(0, at.value < 0 ? 0 : at.value + by)))
  }
  onMounted(() => void load())
  onBeforeUnmount(() => clearTimeout(timer))
  watch([args, context.turn], () => {
    clearTimeout(timer)
    timer = setTimeout(() => void load(), 250)
  })
  return { items, next, loading, said, at, load, choose, move }
}

/** The keys every list of a desk knows; true when one was meant. */
export function listKey(event: KeyboardEvent, rows: Rows, open: () => void): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return false
  if (event.key === 'ArrowDown' || event.key === 'j') rows.move(1)
  else if (event.key === 'ArrowUp' || event.key === 'k') rows.move(-1)
  else if (event.key === 'Enter' && !ofItsOwn(event.target)) open()
  else return false
  event.preventDefault()
  event.stopPropagation()
  return true
}

/** Whether what has the focus does something itself at Enter: a row's own button is not the row. */
function ofItsOwn(target: EventTarget | null): boolean {
  return !!(target as Element | null)?.closest?.('button,a,input,select,textarea')
}
