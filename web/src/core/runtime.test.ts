import { beforeEach, describe, expect, it, vi } from 'vitest'
import { emptyAnswers } from './answers'
import { PageContext } from './context'
import { env } from './env'
import { touch } from './runtime'
import type { Action, Page } from './schema.gen'
import { ui } from './ui'

const PAGE: Page = {
  v: 1,
  id: 'send',
  title: 'Send',
  auth: 'none',
  nav: { bar: true },
  params: { to: 'nobody' },
  state: { form: { to: '{{params.to}}', amount: '' }, view: { tab: 'a' } },
  refresh: true,
  blocks: [],
}

type Reply = [number, unknown]
let sent: { op: string; body: Record<string, unknown>; page: string | null }[] = []

function bank(replies: Record<string, Reply[]>): void {
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    const op = url.replace('/api/app/', '')
    const headers = new Headers(init.headers)
    sent.push({ op, body: JSON.parse(String(init.body)) as Record<string, unknown>, page: headers.get('x-fs-page') })
    const queue = replies[op] ?? []
    const reply = queue.length > 1 ? queue.shift() : queue[0]
    if (!reply) return Promise.reject(new TypeError('no network'))
    const type = reply[0] === 200 ? 'application/json' : 'application/problem+json'
    return Promise.resolve(new Response(JSON.stringify(reply[1]), { status: reply[0], headers: { 'content-type': type } }))
  })
}

const refusal = (kind: string, facts: Record<string, unknown> = {}): unknown => ({
  code: 'TEST.NO',
  kind,
  facts,
  messages: { zh: '不行', en: 'No' },
})
const open = (): PageContext => new PageContext(structuredClone(PAGE), 'h'.repeat(64), { to: 'lin' })
const submit = (more: Partial<Extract<Action, { do: 'submit' }>> = {}): Action[] => [
  { do: 'submit', op: 'transfer.submit', form: 'form', keyed: true, args: { to: '{{form.to}}', amount: '{{form.amount}}' }, ...more },
]
const settled = async (check: () => boolean): Promise<void> => vi.waitFor(() => expect(check()).toBe(true))

beforeEach(() => {
  sent = []
  env.locale = 'zh-CN'
  emptyAnswers()
  Object.assign(ui, { toast: null, question: null, stepUp: null })
})

describe('submit', () => {
  it('sends the form with a key and the hash of the page, and goes on with the answer', async () => {
    bank({ 'transfer.submit': [[200, { id: '7' }]] })
    const page = open()
    page.write('form.amount', '5.00')
    await touch(page, submit({ then: [{ do: 'set', to: { 'state.view.tab': '{{result.id}}' } }] }))
    expect(sent[0]?.body).toMatchObject({ to: 'lin', amount: '5.00' })
    expect(sent[0]?.body['key']).toMatch(/^[0-9a-f-]{36}$/)
    expect(sent[0]?.page).toBe('h'.repeat(64))
    expect(page.read('state.view.tab')).toBe('7')
  })

  it('opens the step-up sheet and sends the very same request again', async () => {
    bank({ 'transfer.submit': [[401, refusal('STEP_UP', { order_id: 'o1', methods: 'passkey,password' })], [200, {}]] })
    const page = open()
    const done = touch(page, submit())
    await settled(() => ui.stepUp !== null)
    expect(ui.stepUp).toMatchObject({ order: 'o1', methods: ['passkey', 'password'] })
    ui.stepUp?.answer(true)
    await done
    expect(sent).toHaveLength(2)
    expect(sent[1]?.body).toEqual(sent[0]?.body)
  })

  it('ends quietly when the reader closes the step-up sheet, and keeps the key', async () => {
    bank({ 'transfer.submit': [[401, refusal('STEP_UP', { order_id: 'o1', methods: ['password'] })], [200, {}]] })
    const page = open()
    const first = touch(page, submit())
    await settled(() => ui.stepUp !== null)
    ui.stepUp?.answer(false)
    await first
    expect(ui.question).toBeNull()
    await touch(page, submit())
    expect(sent[1]?.body['key']).toBe(sent[0]?.body['key'])
  })

  it('keeps the key over a lost answer and takes a new one after a refusal', async () => {
    const page = open()
    bank({})
    await touch(page, submit())
    expect(ui.toast?.text).toContain('网络')
    bank({ 'transfer.submit': [[403, refusal('REFUSED')]] })
    const told = touch(page, submit())
    await settled(() => ui.question !== null)
    expect(ui.question?.title).toBe('不行')
    ui.question?.answer(true)
    await told
    bank({ 'transfer.submit': [[200, {}]] })
    await touch(page, submit())
    const keys = sent.map((one) => one.body['key'])
    expect(keys[1]).toBe(keys[0])
    expect(keys[2]).not.toBe(keys[0])
  })

  it('takes a new key when what is sent is something else', async () => {
    bank({})
    const page = open()
    await touch(page, submit())
    page.write('form.amount', '6.00')
    await touch(page, submit())
    expect(sent[1]?.body['key']).not.toBe(sent[0]?.body['key'])
  })

  it('ignores a second touch while the first is at work', async () => {
    bank({ 'transfer.submit': [[200, {}]] })
    const page = open()
    await Promise.all([touch(page, submit()), touch(page, submit())])
    expect(sent).toHaveLength(1)
  })

  it('does not ask the bank while an input is wrong, and shows why', async () => {
    bank({ 'transfer.submit': [[200, {}]] })
    const page = open()
    const focus = vi.fn()
    page.inputs.add({ bind: 'form.amount', check: () => '先填金额', focus })
    await touch(page, submit())
    expect(sent).toHaveLength(0)
    expect(page.errors['form.amount']).toBe('先填金额')
    expect(focus).toHaveBeenCalledOnce()
  })

  it('puts a refusal of one field under that field', async () => {
    bank({ 'transfer.submit': [[422, refusal('INVALID', { field: 'amount' })]] })
    const page = open()
    page.inputs.add({ bind: 'form.amount', check: () => null, focus: () => undefined })
    await touch(page, submit())
    expect(page.errors['form.amount']).toBe('不行')
    expect(ui.toast).toBeNull()
  })

  it('hands a refusal to `fail` when the page has one', async () => {
    bank({ 'transfer.submit': [[202, refusal('WAITING', { order_id: 'o9' })]] })
    const page = open()
    await touch(page, submit({ fail: [{ do: 'set', to: { 'state.view.tab': '{{error.kind}} {{error.facts.order_id}}' } }] }))
    expect(page.read('state.view.tab')).toBe('WAITING o9')
    expect(ui.question).toBeNull()
  })
})

describe('secrets', () => {
  it('are sent and never read by an expression', async () => {
    bank({ 'transfer.submit': [[200, {}]] })
    const page = open()
    page.hideSecret('form.password', 'harvest-2026')
    expect(page.say('{{form.password}}')).toBe('••••••••••••')
    await touch(page, [{ do: 'submit', op: 'transfer.submit', form: 'form', keyed: false, args: { password: '{{form.password}}' } }])
    expect(sent[0]?.body).toEqual({ password: 'harvest-2026' })
    expect(JSON.stringify(page.state)).not.toContain('harvest')
  })
})

describe('other actions', () => {
  it('choose by `if`, write by `set`, and stop where the reader says no', async () => {
    const page = open()
    await touch(page, [{ do: 'if', test: "params.to == 'lin'", then: [{ do: 'set', to: { 'form.amount': '1.00' } }] }])
    expect(page.read('form.amount')).toBe('1.00')
    const asked = touch(page, [
      { do: 'confirm', title: 'Sure?', button: 'Yes', then: [{ do: 'set', to: { 'form.amount': '2.00' } }] },
      { do: 'set', to: { 'form.amount': '3.00' } },
    ])
    await settled(() => ui.question !== null)
    ui.question?.answer(false)
    await asked
    expect(page.read('form.amount')).toBe('1.00')
  })

  it('keep an answer under `into`', async () => {
    bank({ 'payee.check': [[200, { name: '林*禾' }]] })
    const page = open()
    await touch(page, [{ do: 'call', op: 'payee.check', args: { n: '{{form.to}}' }, into: 'state.payee' }])
    expect(sent[0]?.body).toEqual({ n: 'lin' })
    expect(page.read('state.payee')).toEqual({ name: '林*禾' })
  })

  it('leave out an argument that is null', async () => {
    bank({ 'banks.list': [[200, {}]] })
    await touch(open(), [{ do: 'call', op: 'banks.list', args: { city: "{{form.amount == '' ? null : form.amount}}", more: { a: null, b: 1 } } }])
    expect(sent[0]?.body).toEqual({ more: { b: 1 } })
  })

  it('write nothing outside the page’s own state', async () => {
    const page = open()
    page.write('state.__proto__.polluted', 'yes')
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})
