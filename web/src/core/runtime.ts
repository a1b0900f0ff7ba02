/** What a touch does: actions run one after another; the first that fails ends the row. */
import { emptyAnswers } from './answers'
import type { Extra, PageContext } from './context'
import { choose, type Env as EnvState, type Theme } from './env'
import { explain, ask as question, stepUp, toast } from './ui'
import { followed, writeLink } from './link'
import { ask, Refusal } from './net'
import { back, go, router } from './router'
import type { Action, Call, Download, Env, Host, Json, Submit } from './schema.gen'
import { forget, loadSession, session } from './session'
import { live } from './manifest'
import { broke } from './report'
import { isObject, text } from './values'
import { word } from './words'

/** What only client code can do; the app registers it, so that this file needs no screen. */
export type HostCall = (name: Host['name'], args: Record<string, unknown>, context: PageContext) => Promise<unknown>
let hostCall: HostCall = () => Promise.reject(new Refusal('UNKNOWN', 'CLIENT.NO_HOST', word('unknown')))
export function useHost(call: HostCall): void {
  hostCall = call
}

/** Ended on purpose: a sheet was closed, a check did not hold. Nothing is said. */
class Stopped extends Error {}

const STEP_UPS_MAX = 3

/** Run `actions` for a touch. While one touch is at work, others on the page are ignored. */
export async function touch(context: PageContext, actions: readonly Action[] | undefined, extra: Extra = {}): Promise<void> {
  if (!actions?.length || context.busy.value) return
  context.busy.value = true
  try {
    await run(context, actions, extra)
  } catch (error) {
    if (error instanceof Stopped) return
    if (!(error instanceof Refusal)) {
      broke(context.hash, actions[0]?.do ?? '')
      throw error
    }
    await said(context, error)
  } finally {
    context.busy.value = false
  }
}

async function run(context: PageContext, actions: readonly Action[] | undefined, extra: Extra): Promise<void> {
  for (const action of actions ?? []) {
    if (live.manifest?.kill.includes(action.do)) continue
    await one(context, action, extra)
  }
}

async function one(context: PageContext, action: Action, extra: Extra): Promise<void> {
  const say = (template: string | undefined): string => context.say(template, extra)
  switch (action.do) {
    case 'go':
      return follow(say(action.page), linkParams(context, action.params, extra), action)
    case 'back':
      return context.proved ? context.proved(false) : back()
    case 'proved':
      return context.proved?.(true)
    case 'set':
      for (const [path, value] of Object.entries(action.to)) context.write(path, fillValue(context, value, extra))
      return
    case 'toast':
      return toast(say(action.text), say(action.icon))
    case 'sheet':
      context.sheet.value = action.open
      return
    case 'close':
      context.sheet.value = null
      return
    case 'call':
      return answered(context, action, extra, async () => {
        await context.seal()
        return ask(action.op, context.args(action.args ?? {}, extra))
      })
    case 'submit':
      if (!context.check(action.form)) throw new Stopped()
      return answered(context, action, extra, () => submit(context, action, extra))
    case 'check':
      if (!context.check(action.form)) throw new Stopped()
      return run(context, action.then, extra)
    case 'reload':
      return context.reload(action.data)
    case 'if':
      return run(context, context.holds(action.test, extra) ? action.then : action.otherwise, extra)
    case 'confirm': {
      const ask = { title: say(action.title), text: say(action.text), yes: say(action.button), no: word('cancel') }
      if (!(await question({ ...ask, danger: Boolean(action.danger) }))) throw new Stopped()
      return run(context, action.then, extra)
    }
    case 'share':
      return share(say(action.text))
    case 'copy':
      return copy(say(action.text))
    case 'dial':
      location.href = `tel:${say(action.number).replace(/[^0-9+]/g, '')}`
      return
    case 'download':
      return download(context, action, extra)
    case 'env':
      return change(context, action, extra)
    case 'session':
      if (action.ended) forget()
      emptyAnswers()
      await loadSession()
      return run(context, action.then, extra)
    case 'host':
      return answered(context, action, extra, () => hostCall(action.name, context.args(action.args ?? {}, extra) as Extra, context))
  }
}

/** Do `act`; its answer goes to `into` and `then`, its refusal to `fail` or to the reader. */
async function answered(
  context: PageContext,
  action: Call | Submit | Host,
  extra: Extra,
  act: () => Promise<unknown>,
): Promise<void> {
  let result: unknown
  try {
    result = await act()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (!action.fail?.length || error.ended) throw error
    const { code, kind, facts, text: told } = error
    return run(context, action.fail, { ...extra, error: { code, kind, facts, text: told } })
  }
  if (action.into) context.write(action.into, result)
  await run(context, action.then, { ...extra, result })
}

/** Send an act until its end is known: the key stays the same over step-up and over a lost answer. */
async function submit(context: PageContext, action: Submit, extra: Extra): Promise<unknown> {
  await context.seal()
  const args = action.args ? context.args(action.args, extra) : context.form(action.form)
  const body: Record<string, unknown> = isObject(args) ? { ...args } : {}
  if (action.keyed) body['key'] = keyFor(context, action.op, args)
  for (let tries = 0; ; tries += 1) {
    try {
      // A desk is made from its descriptor for whoever asks: only what is published is known by its hash.
      const result = await ask(action.op, body, context.page.surface === 'console' ? {} : { page: context.hash })
      done(context, action.op)
      return result
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const order = orderOf(error)
      if (order && tries < STEP_UPS_MAX) {
        if (!(await stepUp(order, words(error, 'methods'), words(error, 'proved')))) throw new Stopped()
        continue
      }
      if (error.definite) done(context, action.op)
      throw error
    }
  }
}

function keyFor(context: PageContext, op: string, args: unknown): string {
  const written = JSON.stringify(args)
  const kept = context.keys.get(op)
  if (kept?.args === written) return kept.key
  const key = crypto.randomUUID()
  context.keys.set(op, { args: written, key })
  return key
}

function done(context: PageContext, op: string): void {
  context.keys.delete(op)
  context.dirty = false
  emptyAnswers()
}

function orderOf(error: Refusal): string | null {
  return error.kind === 'STEP_UP' ? text(error.facts['order_id']) || null : null
}

/** A list in the facts of a refusal, whether it came as a list or as one text. */
function words(error: Refusal, fact: string): string[] {
  const given = error.facts[fact]
  return Array.isArray(given) ? given.map(text) : text(given).split(/[,\s]+/).filter(Boolean)
}

/** Lead to the door, once, however many answers said that the session is over. */
export function leadToDoor(error: Refusal): void {
  const wasIn = session.me.signed_in || !session.known
  forget()
  emptyAnswers()
  const door = live.shell?.sign_in
  const page = router.visit?.page
  if (!wasIn || !door || page === door) return
  toast(error.text || word('ended'), 'lock')
  void go(door, page && page !== live.shell?.home ? { after: writeLink(page, router.visit?.params ?? {}) } : {}, { root: true })
}

async function said(context: PageContext, error: Refusal): Promise<void> {
  if (error.ended) return
  const field = text(error.facts['field'])
  const bound = [...context.inputs].find((input) => field && (input.bind === field || input.bind.endsWith(`.${field}`)))
  if (bound) {
    context.errors[bound.bind] = error.text
    bound.focus()
    return
  }
  await explain(error, word('know'))
}

/** Tell the reader of a refusal that came outside a touch. */
export function tell(context: PageContext, error: Refusal): Promise<void> {
  return said(context, error)
}

/** Go to a page, or to the place a kept link names; what the bank does not know leads home. */
async function follow(page: string, params: Record<string, string>, how: { replace?: boolean; root?: boolean }): Promise<void> {
  if (!page.includes('?')) return go(page, params, how)
  const place = (await followed(page)) ?? { page: live.shell?.home ?? 'home', params: {} }
  return go(place.page, { ...place.params, ...params }, how)
}

function fillValue(context: PageContext, value: Json, extra: Extra): unknown {
  return typeof value === 'string' ? context.fill(value, extra) : value
}

function linkParams(context: PageContext, params: Record<string, string> | undefined, extra: Extra): Record<string, string> {
  const found = Object.entries(params ?? {}).map(([name, template]) => [name, context.say(template, extra)] as const)
  return Object.fromEntries(found.filter(([, value]) => value !== ''))
}

function change(context: PageContext, action: Env, extra: Extra): void {
  const given = (value: boolean | string | undefined): unknown => (typeof value === 'string' ? context.fill(value, extra) : value)
  const wish: Partial<EnvState> = {}
  const [elder, theme, locale, hidden] = [given(action.elder), given(action.theme), given(action.locale), given(action.money_hidden)]
  if (typeof elder === 'boolean') wish.elder = elder
  if (typeof hidden === 'boolean') wish.moneyHidden = hidden
  if (['auto', 'light', 'dark', 'hc'].includes(String(theme))) wish.theme = theme as Theme
  if (locale === 'zh-CN' || locale === 'en') wish.locale = locale
  choose(wish)
}

async function share(said: string): Promise<void> {
  if (navigator.share) {
    // Closing the phone's own sharing is not an error.
    await navigator.share({ text: said }).catch(() => undefined)
    return
  }
  await navigator.clipboard.writeText(said)
  toast(word('shared'))
}

async function copy(said: string): Promise<void> {
  await navigator.clipboard.writeText(said)
  toast(word('copied'), 'copy')
}

async function download(context: PageContext, action: Download, extra: Extra): Promise<void> {
  const file = (await ask(action.op, context.args(action.args ?? {}, extra))) as { name: string; media_type: string; base64: string }
  const bytes = Uint8Array.from(atob(file.base64), (sign) => sign.charCodeAt(0))
  save(new Blob([bytes], { type: file.media_type }), file.name)
}

/** Hand a file to the reader. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000)
}

