import { createApp, watch } from 'vue'
import App from './App.vue'
import '../theme/index.css'
import icons from '../theme/icons.svg?raw'
import { askAhead } from '../core/ahead'
import { applyEnv, env } from '../core/env'
import { learnCohort, listen, live, loadManifest } from '../core/manifest'
import { begin, refresh, router, startPage } from '../core/router'
import { keepReporting } from '../core/report'
import { loadSession, session } from '../core/session'
import { registerWorker } from '../core/update'
import { Refusal, whenEnded } from '../core/net'
import { leadToDoor } from '../core/runtime'
import { openHost } from '../host'

function layIcons(): void {
  const sprite = document.createElement('div')
  sprite.hidden = true
  sprite.innerHTML = icons
  document.body.prepend(sprite)
}

async function start(): Promise<void> {
  applyEnv()
  layIcons()
  openHost()
  whenEnded(leadToDoor)
  createApp(App).mount('#app')
  try {
    await Promise.all([loadManifest().then(() => askAhead(startPage()).catch(patient)), loadSession().catch(patient)])
    begin()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    Object.assign(router, { refusal: error, opening: false })
    addEventListener('online', () => location.reload(), { once: true })
  }
  listen()
  watch(() => live.turn, () => void refresh())
  watch(() => env.elder, () => void refresh(true))
  watch(() => env.online, (on) => void (on && cameBack().catch(patient)))
  watch(() => session.me.bank?.id, (now, before) => before !== undefined && now !== before && void refresh(true))
  watch(() => [session.me.signed_in, session.me.bank?.id], () => void learnCohort().catch(patient), { immediate: true })
  keepReporting()
  registerWorker()
  // After the first page: nobody waits for being ready for a time without a network.
  void import('./offline').then(({ prepareOffline }) => prepareOffline(), () => undefined)
}

/** With the network back, what is shown is asked for again; what somebody types stays. */
async function cameBack(): Promise<void> {
  if (!session.known) await loadSession()
  await router.context?.reload()
}

/** Without an answer about the session the first page says so itself; nobody is sent away for being offline. */
function patient(error: unknown): void {
  if (!(error instanceof Refusal)) throw error
}

void start()
