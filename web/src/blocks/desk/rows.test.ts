import { describe, expect, it, vi } from 'vitest'
import { listKey } from './rows'

const rows = { move: vi.fn() } as unknown as Parameters<typeof listKey>[1]

function pressed(key: string, own: boolean): { taken: boolean; opened: number; prevented: number } {
  const open = vi.fn()
  const preventDefault = vi.fn()
  const target = { closest: () => (own ? {} : null) }
  const event = { key, ctrlKey: false, metaKey: false, altKey: false, target, preventDefault, stopPropagation: vi.fn() }
  const taken = listKey(event as unknown as KeyboardEvent, rows, open)
  return { taken, opened: open.mock.calls.length, prevented: preventDefault.mock.calls.length }
}

describe('the keys of a list', () => {
  it('open the chosen row at Enter', () => {
    expect(pressed('Enter', false)).toEqual({ taken: true, opened: 1, prevented: 1 })
  })

  it('leave Enter to a button in the row', () => {
    expect(pressed('Enter', true)).toEqual({ taken: false, opened: 0, prevented: 0 })
  })

  it('move from a button in the row as from the row', () => {
    expect(pressed('j', true)).toEqual({ taken: true, opened: 0, prevented: 1 })
  })
})
