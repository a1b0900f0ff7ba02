import { createApp } from 'vue'
import './console.css'
import icons from '../theme/icons.svg?raw'
import ConsoleApp from './ConsoleApp.vue'
import { rise, whoSits } from './desk'
import { listenKeys } from './keys'
import { Refusal, whenEnded } from './net'
import { applyPrefs } from './prefs'
import { tell } from './tell'
import { w } from './words'

function layIcons(): void {
  const sprite = document.createElement('div')
  sprite.hidden = true
  sprite.innerHTML = icons
  document.body.prepend(sprite)
}

async function start(): Promise<void> {
  applyPrefs()
  layIcons()
  whenEnded(() => {
    rise()
    tell(w('ended'))
  })
  listenKeys()
  await whoSits().catch((error: unknown) => {
    if (!(error instanceof Refusal)) throw error
    rise() // the log-in page says so when the bank still does not answer
  })
  createApp(ConsoleApp).mount('#app')
}

void start()
