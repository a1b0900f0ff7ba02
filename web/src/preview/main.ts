/** The real app in the designer's frame: its own router, blocks and actions; only what it asks for is answered by `bank`. */
import { createApp, nextTick, watch } from 'vue'
import App from '../app/App.vue'
import '../theme/index.css'
import './preview.css'
import icons from '../theme/icons.svg?raw'
import { audit } from './audit'
import { shown, standIn } from './bank'
import { choose, layFrame, mode, watchBlocks } from './blocks'
import { tellDesigner, type Draft, type ToPhone } from './wire'
import { emptyAnswers } from '../core/answers'
import { applyEnv, env } from '../core/env'
import { live, loadManifest } from '../core/manifest'
import { begin, go, refresh, router } from '../core/router'
import { loadSession } from '../core/session'
import { openHost } from '../host'

let begun = false
let last = ''
let turn: Promise<void> = Promise.resolve()

async function take(draft: Draft): Promise<void> {
  const samples = JSON.stringify(draft.samples)
  const otherPerson = samples !== last
  last = samples
  Object.assign(shown, { page: draft.page, shell: draft.shell, samples: draft.samples })
  Object.assign(env, { locale: draft.locale, elder: draft.elder, theme: draft.theme, moneyHidden: false })
  mode.choose = draft.mode === 'choose'
  document.documentElement.classList.toggle('choosing', mode.choose)
  const page = String(draft.page['id'])
  if (!begun) {
    history.replaceState(null, '', `/app/${page}`)
    await Promise.all([loadManifest(), loadSession()])
    begun = true
    begin()
  } else {
    // What the operator typed into the phone, or a sheet, does not stand in the way of the draft.
    if (router.context) router.context.dirty = false
    if (router.context) router.context.sheet.value = null
    await Promise.all([loadManifest(), otherPerson ? loadSession() : null])
    if (otherPerson) emptyAnswers()
    if (otherPerson) await refresh(true)
    if (mode.choose && router.visit?.page !== page) await go(page, {}, { root: true })
  }
  const root = document.documentElement
  if (draft.bank && draft.bank !== 'default') root.dataset['bank'] = draft.bank
  else delete root.dataset['bank']
  await nextTick()
  if (router.context && mode.choose) router.context.sheet.value = draft.sheet
  await nextTick()
  choose(draft.chosen, draft.label)
}

function hear(event: MessageEvent<ToPhone>): void {
  if (event.origin !== location.origin || event.source !== parent) return
  const said = event.data
  if (said.type === 'fs-draft') turn = turn.then(() => take(said)).catch((error: unknown) => console.error(error))
  if (said.type === 'fs-audit') void turn.then(audit).then((found) => tellDesigner({ type: 'fs-findings', turn: said.turn, ...found }))
}

function start(): void {
  standIn()
  applyEnv()
  const sprite = document.createElement('div')
  sprite.hidden = true
  sprite.innerHTML = icons
  document.body.prepend(sprite)
  openHost()
  watchBlocks()
  createApp(App).mount('#app')
  layFrame()
  watch(() => live.turn, () => begun && void refresh())
  watch(() => router.visit?.page, (page) => page && tellDesigner({ type: 'fs-went', page }))
  addEventListener('message', hear)
  tellDesigner({ type: 'fs-ready' })
}

start()
