import { beforeEach, expect, it, vi } from 'vitest'
import { followed, writeLink } from './link'
import { live } from './manifest'

const HASH = 'a'.repeat(64)
vi.mock('./manifest', async (real) => ({
  ...(await real<object>()),
  pageOf: () => Promise.resolve({ id: 'transfer', params: { number: '', name: '' } }),
}))

beforeEach(() => {
  live.manifest = { pages: { transfer: HASH }, elder: {} } as unknown as typeof live.manifest
})

it('keeps a place with its parameters over a log-in', async () => {
  const link = writeLink('transfer', { number: '6291', name: '林 & 周?' })
  expect(await followed(link)).toEqual({ page: 'transfer', params: { number: '6291', name: '林 & 周?' } })
})

it.each(['nothing', 'https://evil.example', '//evil.example', '../console', 'transfer/x?number=1', '__proto__', 'Transfer', ''])(
  'does not follow %s',
  async (link) => expect(await followed(link)).toBeNull(),
)

it('drops what the page does not declare, and what is too long', async () => {
  expect(await followed('transfer?number=1&__proto__=2&constructor=3&other=4')).toEqual({ page: 'transfer', params: { number: '1' } })
  expect(writeLink('transfer', { number: '1'.repeat(700) })).toBe('transfer')
  expect(await followed(`transfer?number=${'1'.repeat(700)}`)).toBeNull()
})
