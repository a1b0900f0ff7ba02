/** The way through the app: history entries under /app/, each with its own open page, kept while it can be returned to. */
import { reactive, shallowReactive } from 'vue'
import { PageContext } from './context'
import { writeLink } from './link'
import { hashOf, live, pageOf } from './manifest'
import { Refusal } from './net'
import { opened as count } from './report'
import { session } from './session'
import { overlays } from './ui'
import { word } from './words'

interface Visit {
  id: number
  page: string
  params: Record<string, string>
}

interface State {
  visit: Visit | null
  context: PageContext | null
  refusal: Refusal | null
  direction: 'forward' | 'back' | 'none'
  opening: boolean
}

export const router = shallowReactive<State>({
  visit: null,
  context: null,
  refusal: null,
  direction: 'none',
  opening: true,
})

const PREFIX = '/app/'
const contexts = new Map<number, PageContext>()
const trail = reactive<{ id: number; base: number }>({ id: 0, base: 0 })
let counter = 0
let opened = 0
let opening = 0

function address(page: string, params: Record<string, string>): string {
  const query = new URLSearchParams(params).toString()
  return PREFIX + page + (query ? `?${query}` : '')
}

function here(): Visit {
  const page = location.pathname.startsWith(PREFIX) ? location.pathname.slice(PREFIX.length).replace(/\/+$/, '') : ''
  const params = Object.fromEntries(new URLSearchParams(location.search))
  const kept = (history.state as { id?: number } | null)?.id
  return { id: kept ?? 0, page: page || (live.shell?.home ?? 'home'), params }
}

/** The page the address names. */
export const startPage = (): string => here().page

export function begin(): void {
  history.scrollRestoration = 'manual'
  const visit = here()
  counter = visit.id
  trail.base = visit.id
  history.replaceState({ id: visit.id }, '', address(visit.page, visit.params))
  addEventListener('popstate', () => {
    // The phone's own back closes what lies over the page first.
    const close = overlays.at(-1)
    if (close) {
      close()
      history.pushState({ id: trail.id }, '', address(router.visit?.page ?? '', router.visit?.params ?? {}))
      return
    }
    const next = here()
    void show(next, next.id < trail.id ? 'back' : 'forward')
  })
  void show(visit, 'none')
}

/** Open a page. `root` makes it the place where going back ends. */
export async function go(
  page: string,
  params: Record<string, string> = {},
  how: { replace?: boolean; root?: boolean } = {},
): Promise<void> {
  if (how.root) for (const id of [...contexts.keys()]) close(id)
  if (how.replace) close(trail.id)
  counter = trail.id + (how.replace ? 0 : 1)
  const visit = { id: counter, page, params }
  if (how.root) trail.base = visit.id
  for (const id of [...contexts.keys()]) if (id >= visit.id) close(id)
  history[how.replace ? 'replaceState' : 'pushState']({ id: visit.id }, '', address(page, params))
  await show(visit, how.root ? 'none' : 'forward')
}

export function back(): void {
  if (trail.id > trail.base) history.back()
  else void go(live.shell?.home ?? 'home', {}, { root: true })
}

function close(id: number): void {
  contexts.get(id)?.close()
  contexts.delete(id)
}

async function show(visit: Visit, direction: State['direction']): Promise<void> {
  opened += 1
  const mine = opened
  if (router.context) router.context.scroll = scrollY
  trail.id = visit.id
  const kept = contexts.get(visit.id)
  if (kept && kept.page.id === visit.page && kept.hash === hashOf(visit.page)) {
    Object.assign(router, { visit, context: kept, refusal: null, direction, opening: false })
    return
  }
  close(visit.id)
  opening += 1
  const waiting = setTimeout(() => mine === opened && Object.assign(router, { opening: true }), 120)
  try {
    const context = await open(visit)
    if (mine !== opened) return
    contexts.set(visit.id, context)
    count(context.hash)
    Object.assign(router, { visit, context, refusal: null, direction, opening: false })
    context.start()
  } catch (error) {
    if (mine !== opened) return
    if (!(error instanceof Refusal)) throw error
    Object.assign(router, { visit, context: null, refusal: error, direction, opening: false })
  } finally {
    opening -= 1
    clearTimeout(waiting)
  }
}

async function open(visit: Visit): Promise<PageContext> {
  const hash = hashOf(visit.page)
  if (!hash) throw new Refusal('MISSING', 'CLIENT.NO_PAGE', word('pageMissing'))
  const page = await pageOf(hash)
  if (page.auth === 'login' && session.known && !session.me.signed_in) {
    const door = live.shell?.sign_in
    if (door && door !== visit.page) {
      const after = address(visit.page, visit.params)
      const params: Record<string, string> = after === address(live.shell?.home ?? '', {}) ? {} : { after: writeLink(visit.page, visit.params) }
      history.replaceState({ id: visit.id }, '', address(door, params))
      Object.assign(visit, { page: door, params })
      return open(visit)
    }
  }
  return new PageContext(page, hash, { ...visit.params })
}

/** Show the present page in its newest version: after a release, or after the language, size or person changed. */
export async function refresh(anew = false): Promise<void> {
  const { visit, context } = router
  if (!visit) return
  if (opening) {
    // Another page is on its way and will be the newest; only what was kept is old.
    for (const id of [...contexts.keys()]) close(id)
    return
  }
  if (!anew && context && (context.dirty || context.sheet.value || context.hash === hashOf(visit.page))) return
  for (const id of [...contexts.keys()]) if (anew || id !== visit.id) close(id)
  const state = anew ? null : context?.state
  close(visit.id)
  await show(visit, 'none')
  if (state && router.context) Object.assign(router.context.state, state)
}
