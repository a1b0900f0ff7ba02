import { afterEach, describe, expect, it, vi } from 'vitest'
import { broke, opened, send } from './report'

const asked: unknown[] = []
function bank(ok: boolean): void {
  vi.stubGlobal('fetch', async (_: string, wish: RequestInit) => {
    asked.push(JSON.parse(String(wish.body)))
    if (!ok) throw new TypeError('no network')
    return new Response('{}', { headers: { 'content-type': 'application/json' } })
  })
}
afterEach(() => {
  vi.unstubAllGlobals()
  asked.length = 0
})

describe('what the bank hears of its pages', () => {
  it('is counted, and kept while it cannot be sent', async () => {
    bank(false)
    opened('a')
    opened('a')
    broke('a', 'chart')
    await send()
    bank(true)
    opened('a')
    broke('a', 'grid')
    await send()
    expect(asked.at(-1)).toEqual({ items: [{ page: 'a', opens: 3, errors: 2, first: 'chart' }] })
    await send()
    expect(asked).toHaveLength(2)
  })
})
