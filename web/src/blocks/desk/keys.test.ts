import { createApp, h } from 'vue'
import { describe, expect, it } from 'vitest'
import { deskKey, useDeskKeys } from './keys'

/** Something on a desk that knows one key; gives how often it heard it, and the way to take it away. */
function listener(key: string): { heard: () => number; leave: () => void } {
  let heard = 0
  const app = createApp({
    setup() {
      useDeskKeys((event) => {
        if (event.key !== key) return false
        heard += 1
        return true
      })
      return () => h('i')
    },
  })
  app.mount(document.createElement('div'))
  return { heard: () => heard, leave: () => app.unmount() }
}

const press = (key: string, more: KeyboardEventInit = {}): boolean => deskKey(new KeyboardEvent('keydown', { key, ...more }))

describe('keys of a desk', () => {
  it('go to the newest that knows them, and to nobody twice', () => {
    const older = listener('c')
    const newer = listener('c')
    expect(press('c')).toBe(true)
    expect([older.heard(), newer.heard()]).toEqual([0, 1])
    newer.leave()
    expect(press('c')).toBe(true)
    expect(older.heard()).toBe(1)
    older.leave()
  })

  it('are nobody’s once all are gone, and never those of the browser', () => {
    const one = listener('c')
    expect(press('c', { ctrlKey: true })).toBe(false)
    expect(press('z')).toBe(false)
    one.leave()
    expect(press('c')).toBe(false)
  })
})
