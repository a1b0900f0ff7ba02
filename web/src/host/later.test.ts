import { createApp, defineComponent, h, nextTick } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { later } from './later'
import { env } from '../core/env'

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn += 1) await nextTick()
}
const Part = defineComponent({ props: { block: String }, setup: (props) => () => h('b', props.block) })

function shown(part: ReturnType<typeof later>, attrs: Record<string, unknown> = {}): HTMLElement {
  const root = document.createElement('div')
  document.body.append(root)
  createApp({ render: () => h(part, attrs) }).mount(root)
  return root
}

beforeEach(() => {
  env.locale = 'zh-CN'
})
afterEach(() => {
  document.body.replaceChildren()
  vi.restoreAllMocks()
})

it('says that a part did not come, and shows it when it comes on asking again', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const load = vi.fn().mockRejectedValueOnce(new TypeError('Failed to fetch')).mockResolvedValue({ default: Part })
  const root = shown(later(load), { block: 'here' })
  await settle()
  expect(root.querySelector('[role=alert]')?.textContent).toContain('没有打开')
  root.querySelector('button')?.click()
  await settle()
  expect(root.querySelector('[role=alert]')).toBeNull()
  expect(root.querySelector('b')?.textContent).toBe('here')
  expect(load).toHaveBeenCalledTimes(2)
})

it('offers to open anew when asking again did not help: the build may be another one', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const root = shown(later(() => Promise.reject(new TypeError('404'))))
  await settle()
  root.querySelector('button')?.click()
  await settle()
  expect(root.querySelector('button')?.textContent).toBe('重新打开')
})

it('lets a sheet that did not come be given up', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const gone = vi.fn()
  const root = shown(later(() => Promise.reject(new TypeError('off')), { giveUp: gone }))
  await settle()
  root.querySelector<HTMLButtonElement>('dialog .ib')?.click()
  expect(gone).toHaveBeenCalledOnce()
})
