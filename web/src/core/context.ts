/** One open page: its state, the answers it is bound to, its inputs, and the scope its expressions see. */
import { effectScope, reactive, ref, shallowRef, watch, type EffectScope } from 'vue'
import { answerKey, keep, recall } from './answers'
import { takeAhead } from './ahead'
import { env } from './env'
import { evaluate, fill, fillAll, test, type Scope } from './expr'
import type { Setting } from './functions'
import { ask, Refusal } from './net'
import { part } from './part'
import { KIT, type Data, type Page } from './schema.gen'
import { session } from './session'
import { text } from './values'

export interface Answer {
  value: unknown
  error: Refusal | null
  loading: boolean
}

/** An input on the page: where it is bound and what is wrong with it now, if anything. */
export interface Input {
  /** Where it stands. */
  at?: Node | undefined
  bind: string
  check: () => string | null
  focus: () => void
}

/** The money keypad at the foot of the page, while an amount is being typed. */
export interface Pad {
  press: (key: string) => void
  done: () => void
}

export type Extra = Record<string, unknown>

const ARGS_PAUSE_MS = 250
const sealing = part(() => import('../host/seal'))

export class PageContext {
  readonly state: Record<string, unknown>
  readonly data = reactive<Record<string, Answer>>({})
  readonly errors = reactive<Record<string, string>>({})
  readonly sheet = ref<string | null>(null)
  readonly busy = ref(false)
  readonly pad = shallowRef<Pad | null>(null)
  readonly inputs = new Set<Input>()
  /** Keys of acts whose end is not known, so that sending again is the same act. */
  readonly keys = new Map<string, { args: string; key: string }>()
  /** Grows when lists that fetch for themselves should begin anew. */
  readonly turn = ref(0)
  dirty = false
  scroll = 0
  /** On the page where a customer proves again who they are: tells the act that waits. */
  proved: ((passed: boolean) => void) | null = null
  /** Secrets that leave sealed, and for which act. */
  readonly seals = new Map<string, () => string>()
  private readonly secrets = new Map<string, string>()
  private readonly sealed = new Map<string, string>()
  private readonly life: EffectScope = effectScope(true)
  private started = false

  constructor(
    readonly page: Page,
    readonly hash: string,
    readonly params: Record<string, unknown>,
  ) {
    for (const [name, value] of Object.entries(page.params ?? {})) params[name] ??= value
    this.state = reactive({})
    const filled = fillAll(page.state ?? {}, this.scope(), this.setting)
    Object.assign(this.state, structuredClone(filled))
    for (const name of Object.keys(page.data ?? {})) this.data[name] = { value: null, error: null, loading: true }
  }

  get setting(): Setting {
    return { locale: env.locale, today: env.today }
  }

  /** What a name means on this page; `extra` (item, result, value ...) comes first. */
  scope(extra: Extra = {}): Scope {
    return (name) => {
      if (Object.hasOwn(extra, name)) return extra[name]
      if (name === 'state') return this.state
      if (name === 'form') return this.state['form']
      if (name === 'params') return this.params
      if (name === 'me') return session.me
      if (name === 'env') return envFacts()
      return Object.hasOwn(this.data, name) ? this.data[name]?.value : null
    }
  }

  fill(template: string | undefined, extra?: Extra): unknown {
    return template === undefined ? null : safely(() => fill(template, this.scope(extra), this.setting), null)
  }

  /** A template as words. */
  say(template: string | undefined, extra?: Extra): string {
    return text(this.fill(template, extra))
  }

  value(source: string, extra?: Extra): unknown {
    return safely(() => evaluate(source, this.scope(extra), this.setting), null)
  }

  holds(source: string | undefined, extra?: Extra): boolean {
    return source === undefined || safely(() => test(source, this.scope(extra), this.setting), false)
  }

  items(source: string | undefined, extra?: Extra): unknown[] {
    const found = source === undefined ? null : this.value(source, extra)
    return Array.isArray(found) ? found : []
  }

  /** Arguments with every hole filled; secrets are put in their places only here, on the way out. */
  args(json: unknown, extra: Extra = {}): unknown {
    return safely(() => fillAll(json, this.scope({ ...extra, ...this.withSecrets() }), this.setting), {})
  }

  /** Seal anew what leaves sealed; to be awaited before arguments are filled. */
  async seal(): Promise<void> {
    this.sealed.clear()
    for (const [path, act] of this.seals) {
      const secret = this.secrets.get(path)
      if (!secret) continue
      const { canSeal, seal } = await sealing()
      if (canSeal()) this.sealed.set(path, await seal(secret, act()))
    }
  }

  private withSecrets(): Extra {
    if (!this.secrets.size) return {}
    const open = structuredClone(plain(this.state)) as Record<string, unknown>
    for (const [path, secret] of this.secrets) place(open, steps(path), this.sealed.get(path) ?? secret)
    return { state: open, form: open['form'] }
  }

  /** Everything a form holds, secrets included. */
  form(name: string): unknown {
    const scope = this.withSecrets()
    return plain(((scope['state'] as Record<string, unknown> | undefined) ?? this.state)[name] ?? {})
  }

  read(path: string): unknown {
    return steps(path).reduce<unknown>((box, step) => (box as Record<string, unknown> | null)?.[step] ?? null, this.state)
  }

  write(path: string, value: unknown): void {
    place(this.state, steps(path), value)
  }

  /** Keep a secret out of the state; the state only learns whether there is one. */
  hideSecret(path: string, secret: string): void {
    this.secrets.set(path, secret)
    this.write(path, '•'.repeat(secret.length))
  }

  secret(path: string): string {
    return this.secrets.get(path) ?? ''
  }

  dropSecrets(): void {
    for (const path of this.secrets.keys()) this.write(path, '')
    this.secrets.clear()
  }

  /** Begin to fetch what the page is bound to, and again whenever the arguments change. */
  start(): void {
    if (this.started) return
    this.started = true
    this.life.run(() => {
      for (const [name, data] of Object.entries(this.page.data ?? {})) this.bind(name, data)
    })
  }

  private bind(name: string, data: Data): void {
    let first = true
    let timer: ReturnType<typeof setTimeout> | undefined
    const wish = (): string | null => (this.holds(data.when) ? JSON.stringify(this.args(data.args ?? {})) : null)
    watch(
      wish,
      (args) => {
        clearTimeout(timer)
        const answer = this.data[name]
        if (!answer) return
        if (args === null) {
          Object.assign(answer, { loading: false })
          return
        }
        if (first) void this.fetch(name)
        else timer = setTimeout(() => void this.fetch(name), ARGS_PAUSE_MS)
        first = false
      },
      { immediate: true },
    )
  }

  /** Fetch one answer; a kept one is shown at once and asked for again when it is older than its `ttl`. */
  async fetch(name: string, anew = false): Promise<void> {
    const data = this.page.data?.[name]
    const answer = this.data[name]
    if (!data || !answer || !this.holds(data.when)) return
    const args = this.args(data.args ?? {})
    const key = answerKey(data.op, args)
    const before = anew ? null : recall(key)
    if (before) Object.assign(answer, { value: before.value, error: null, loading: false })
    if (before && before.age < (data.ttl ?? 0)) return
    answer.loading = answer.value === null
    try {
      const { value } = (anew ? null : await takeAhead(key)) ?? { value: await ask(data.op, args) }
      keep(key, value)
      // An answer to arguments that are no longer the page's would be a lie.
      if (answerKey(data.op, this.args(data.args ?? {})) === key) Object.assign(answer, { value, error: null })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      answer.error = error
      if (error.kind !== 'OFFLINE' && data.on_error === 'hide') answer.value = null
    } finally {
      answer.loading = false
    }
  }

  async reload(names: readonly string[] = []): Promise<void> {
    const wanted = names.length ? names : Object.keys(this.page.data ?? {})
    if (!names.length) this.turn.value += 1
    await Promise.all(wanted.map((name) => this.fetch(name, true)))
  }

  /** Whether something the page cannot do without has not come yet. */
  get waiting(): boolean {
    return Object.entries(this.page.data ?? {}).some(([name, data]) => data.on_error === 'page' && this.data[name]?.loading)
  }

  /** The refusal that stands in place of the page. */
  get broken(): Refusal | null {
    for (const [name, data] of Object.entries(this.page.data ?? {})) {
      const answer = this.data[name]
      if (data.on_error === 'page' && answer?.error && answer.value === null) return answer.error
    }
    return null
  }

  /** The refusal of something the page can be read without, and may be asked for again. */
  get lacking(): Refusal | null {
    const failed = Object.entries(this.page.data ?? {}).find(([name, data]) => data.on_error === 'retry' && this.data[name]?.error)
    return failed ? (this.data[failed[0]]?.error ?? null) : null
  }

  /** The inputs as they stand on the page: parts that arrive later are mounted later than what is below them. */
  inOrder(): Input[] {
    const after = (a: Node, b: Node): boolean => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_PRECEDING)
    return [...this.inputs].sort((a, b) => (a.at && b.at ? (after(a.at, b.at) ? 1 : -1) : 0))
  }

  /** Check the inputs of a form; the first wrong one is shown and given the focus. */
  check(form: string): boolean {
    const wrong: Input[] = []
    for (const input of this.inOrder()) {
      if (!input.bind.startsWith(`${form}.`)) continue
      const said = input.check()
      if (said === null) delete this.errors[input.bind]
      else {
        this.errors[input.bind] = said
        wrong.push(input)
      }
    }
    wrong[0]?.focus()
    return wrong.length === 0
  }

  close(): void {
    this.life.stop()
    this.secrets.clear()
    this.sealed.clear()
  }
}

function envFacts(): Record<string, unknown> {
  const { locale, elder, theme, online, today, hour, moneyHidden } = env
  return { locale, zh: locale !== 'en', elder, theme, online, today, hour, money_hidden: moneyHidden, passkeys: 'credentials' in navigator && 'PublicKeyCredential' in globalThis, build: __BUILD__, kit: KIT }
}

function steps(path: string): string[] {
  const parts = path.split('.')
  return parts[0] === 'state' ? parts.slice(1) : parts
}

function place(box: Record<string, unknown>, path: string[], value: unknown): void {
  const last = path.at(-1)
  if (last === undefined || path.some((step) => !/^[a-z][a-z0-9_]*$/.test(step))) return
  let at = box
  for (const step of path.slice(0, -1)) {
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {}
    at = at[step] as Record<string, unknown>
  }
  at[last] = value
}

/** Without Vue's wrapping, so that it can be cloned and sent. */
function plain(value: unknown): unknown {
  return value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown)
}

/** A page with a mistake in it still opens: the mistake is reported to the developer, not thrown at the reader. */
function safely<T>(run: () => T, otherwise: T): T {
  try {
    return run()
  } catch (error) {
    console.error(error)
    return otherwise
  }
}
