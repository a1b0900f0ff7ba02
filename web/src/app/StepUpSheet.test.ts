import { afterEach, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import StepUpSheet from './StepUpSheet.vue'
import { ask } from '../core/net'

vi.mock('../core/net', async (original) => ({ ...(await original<object>()), ask: vi.fn() }))

/** The page of proof in short: a password, then a code. */
const PROVE = {
  v: 1, id: 'prove', title: 'Prove', min: 0, auth: 'login', refresh: false, foot_bar: false, nav: { bar: true },
  params: { order: '', passkey: '', typed: '', proved: '' },
  state: { form: { password: '', code: '' }, view: { step: 'password' } },
  blocks: [
    { t: 'password', min: 1, kind: 'text', show: "state.view.step == 'password'", bind: 'form.password', label: 'Password', required: true, seal: '{{params.order}}' },
    { t: 'code', min: 1, show: "state.view.step == 'sms'", bind: 'form.code', label: 'Code', op: 'stepup.sms', length: 6, wait_s: 60, auto: true },
  ],
  foot: [
    { t: 'buttons', min: 1, layout: 'stack', items: [
      { text: 'Go on', style: 'main', tap: [
        { do: 'submit', op: 'stepup.password', form: 'form', keyed: false, args: { order_id: '{{params.order}}', password: '{{form.password}}' }, then: [{ do: 'set', to: { 'state.view.step': 'sms' } }] },
      ] },
    ] },
  ],
}
vi.mock('../core/manifest', async (original) => ({ ...(await original<object>()), hashOf: () => 'h', pageOf: () => Promise.resolve(PROVE) }))

let app: App | undefined
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
})

/** The sheet with a way of two proofs, and the answers the bank will give when the test lets it. */
async function open(): Promise<{ given: (op: string, answer: unknown) => Promise<void>; asked: string[] }> {
  const waiting = new Map<string, (answer: unknown) => void>()
  const asked: string[] = []
  vi.mocked(ask).mockImplementation((op: string) => {
    asked.push(op)
    return new Promise((answer) => waiting.set(op, answer))
  })
  const step = { order: 'o', level: 2, methods: ['password+sms'], proved: [], answer: vi.fn() }
  app = createApp(StepUpSheet, { step })
  app.mount(document.body.appendChild(document.createElement('div')))
  const given = async (op: string, answer: unknown): Promise<void> => {
    await vi.waitFor(() => expect(asked).toContain(op))
    waiting.get(op)?.(answer)
    for (let turn = 0; turn < 12; turn++) await nextTick()
  }
  await vi.waitFor(() => expect(document.querySelector('input')).not.toBeNull())
  return { given, asked }
}

const box = (): HTMLInputElement => document.querySelector('input') as HTMLInputElement
async function type(text: string): Promise<void> {
  box().value = text
  box().dispatchEvent(new Event('input'))
  await nextTick()
}

test('a code that is filled in while the code is still asked for stays', async () => {
  const { given, asked } = await open()
  await type('tea-House-58')
  document.querySelector<HTMLButtonElement>('.under .btn')?.click()
  await given('stepup.password', { complete: false })
  await vi.waitFor(() => expect(asked).toEqual(['stepup.password', 'stepup.sms']))
  expect(box().value).toBe('')

  await type('482913')
  await given('stepup.sms', { resend_after_s: 45 })

  expect(box().value).toBe('482913')
  expect(document.body.textContent).toContain('45')
})
