/** One item open on the bench: its source with undo and redo, saved by itself, checked by the server after each save. */
import { computed, onUnmounted, reactive, ref, shallowRef, watch } from 'vue'
import { ask, Refusal } from '../net'
import { begin, change, redo, undo, type History } from './history'
import { written, type Place } from './place'
import { needSamples, openBook } from './registry'
import type { Book } from './schema'
import { bare, marked, overrideOf } from './layer'
import type { Problem, Row, Saved, Source, SourceAnswer, Version } from './types'

const PAUSE_MS = 900

export type Editor = ReturnType<typeof useEditor>

export function useEditor(item: string) {
  const book = shallowRef<Book | null>(null)
  const history = shallowRef<History<Source>>(begin({}))
  const row = shallowRef<Row | null>(null)
  const version = shallowRef<Version | null>(null)
  const problems = shallowRef<Problem[]>([])
  const refusal = shallowRef<Refusal | null>(null)
  const chosen = shallowRef<Place | null>(null)
  const state = reactive({ ready: false, saving: false, unsaved: false, override: false })
  const source = computed(() => history.value.now)
  /** What stands there now can be changed: nothing yet, or an own or a colleague's draft. */
  const locked = computed(() => Boolean(version.value && version.value.state !== 'draft'))
  const turn = ref(0)
  let original: Source = {}
  let timer: ReturnType<typeof setTimeout> | undefined
  let working: Promise<void> = Promise.resolve()

  async function load(): Promise<void> {
    refusal.value = null
    try {
      const [opened, list] = await Promise.all([openBook(), ask<{ items: Row[] }>('pages.list', { query: item })])
      book.value = opened
      row.value = list.items.find((one) => one.item === item) ?? null
      const open = row.value?.open.find((one) => one.state === 'draft') ?? row.value?.open[0] ?? null
      const kind = item === 'shell' || item === 'theme' ? item : undefined
      const got = await ask<SourceAnswer>('pages.source', open ? { id: open.id } : { item, kind, of: 'shown' })
      const base = got.kind === 'override' ? await ask<SourceAnswer>('pages.source', { item, of: 'shown' }) : got
      state.override = got.kind === 'override'
      original = marked(base.source)
      history.value = begin(state.override ? overrideOf.laid(original, got.source) : got.source)
      version.value = got.version && got.version.state !== 'live' && got.version.state !== 'retired' ? got.version : open
      problems.value = got.problems
      await needSamples(base.source)
      Object.assign(state, { ready: true, unsaved: false })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusal.value = error
    }
  }

  function edit(next: Source, tag: string | null = null): void {
    if (locked.value) return
    history.value = change(history.value, next, tag)
    touched()
  }

  function step(how: <T>(history: History<T>) => History<T>): void {
    const next = how(history.value)
    if (next === history.value) return
    history.value = next
    touched()
  }

  function touched(): void {
    turn.value += 1
    state.unsaved = true
    clearTimeout(timer)
    timer = setTimeout(() => void save(), PAUSE_MS)
  }

  /** Send what is on the bench; one after another, the newest last. */
  function save(): Promise<void> {
    clearTimeout(timer)
    working = working.then(send)
    return working
  }

  async function send(): Promise<void> {
    if (!state.unsaved) return
    const mine = turn.value
    state.saving = true
    try {
      if (!version.value) await start()
      const now = version.value
      if (!now) return
      const body = state.override ? overrideOf.cut(original, source.value, item) : bare(source.value)
      const saved = await ask<Saved>('pages.draft.save', { id: now.id, revision: now.revision, source: body })
      version.value = saved.version
      problems.value = saved.problems
      refusal.value = null
      if (mine === turn.value) state.unsaved = false
      void needSamples(source.value)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refusal.value = error
    } finally {
      state.saving = false
    }
  }

  async function start(): Promise<void> {
    const kind = item === 'shell' || item === 'theme' ? item : undefined
    const made = await ask<Saved>('pages.draft.new', { item, kind, from: 'shown' })
    version.value = made.version
    if (made.version.kind === 'override' && !state.override) {
      state.override = true
      original = marked(original)
    }
  }

  const stop = watch(chosen, () => (history.value = { ...history.value, tag: null }))
  const leaving = (event: BeforeUnloadEvent): void => {
    if (state.unsaved) event.preventDefault()
  }
  addEventListener('beforeunload', leaving)
  onUnmounted(() => {
    stop()
    removeEventListener('beforeunload', leaving)
    if (state.unsaved) void save()
  })

  return {
    item, book, row, version, problems, refusal, chosen, state, source, locked, history, turn,
    load, edit, save,
    undo: () => step(undo),
    redo: () => step(redo),
    choose: (place: Place | null) => {
      if (written(place ?? []) !== written(chosen.value ?? [])) chosen.value = place
    },
  }
}
