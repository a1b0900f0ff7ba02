import { afterEach, expect, test, vi } from 'vitest'
import { createApp, nextTick, type App } from 'vue'
import StepUpSheet from './StepUpSheet.vue'
import { ask } from '../core/net'

vi.mock('../core/net', async (original) => ({ ...(await original<object>()), ask: vi.fn() }))

let app: App | undefined
afterEach(() => {
  app?.unmount()
  document.body.innerHTML = ''
})

/** The sheet with a way of two proofs, and the answers the bank will give when the test lets it. */
function open(): { given: (op: string, answer: unknown) => Promise<void>; asked: string[] } {
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
    waiting.get(op)?.(answer)
    for (let turn = 0; turn < 8; turn++) await nextTick()
  }
  return { given, asked }
}

const box = (): HTMLInputElement => document.querySelector('input') as HTMLInputElement
async function type(text: string): Promise<void> {
  box().value = text
  box().dispatchEvent(new Event('input'))
  await nextTick()
}

test('a code that is filled in while the code is still asked for stays', async () => {
  const { given, asked } = open()
  await type('tea-House-58')
  document.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }))
  await nextTick()
  await given('stepup.password', { complete: false })
  expect(asked).toEqual(['stepup.password', 'stepup.sms'])
  expect(box().value).toBe('')

  await type('482913')
  await given('stepup.sms', { resend_after_s: 45 })

  expect(box().value).toBe('482913')
  expect(document.body.textContent).toContain('45')
})
