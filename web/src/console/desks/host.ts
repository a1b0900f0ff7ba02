/** What the runtime of pages is told on a desk: whom it asks, who sits here, in which language, and what is said aloud. */
import { watch, watchEffect } from 'vue'
import { emptyAnswers } from '../../core/answers'
import { env } from '../../core/env'
import { speakForStaff, whenEnded } from '../../core/net'
import { session, type Me } from '../../core/session'
import { ui } from '../../core/ui'
import { desk, rise } from '../desk'
import { prefs } from '../prefs'
import { tell } from '../tell'
import { w } from '../words'

speakForStaff()
whenEnded(() => {
  rise()
  tell(w('ended'))
})

/** Called while a desk is drawn; what a colleague before was answered is nobody's any more. */
export function useHost(): void {
  emptyAnswers()
  watchEffect(() => {
    env.locale = prefs.locale
    env.today = desk.me.business_date || env.today
    session.me = { ...desk.me, looks_at: desk.bank } as unknown as Me
    session.known = true
  })
  watch(
    () => ui.toast?.id,
    // What is wrong with what stands in a dialog is said in it.
    () => ui.toast && !(ui.toast.icon === 'warn' && document.querySelector('dialog[open]')) && tell(ui.toast.text),
  )
}
