import { describe, expect, it } from 'vitest'
import { dayToClose, monthsToClose } from './closing'
import type { Period } from './types'

const month = (first_on: string, status: Period['status']): Period => ({
  kind: 'month', first_on, last_on: first_on, status, position: 1, debit_fen: 0, credit_fen: 0, changed_at: '', changed_by: '',
})

describe('what can be closed next', () => {
  it('is yesterday, and today only on purpose', () => {
    expect(dayToClose({ closed_to: null, today: '2026-03-01' })).toBe('2026-02-28')
    expect(dayToClose({ closed_to: '2026-01-05', today: '2026-03-01' })).toBe('2026-02-28')
    expect(dayToClose({ closed_to: '2026-02-28', today: '2026-03-01' })).toBe('')
    expect(dayToClose({ closed_to: '2026-03-01', today: '2026-03-01' })).toBe('')
  })

  it('is each month that is over and was not closed, newest first', () => {
    const items = [month('2026-02-01', 'closed'), month('2026-01-01', 'open')]
    expect(monthsToClose({ closed_to: '2026-03-30', items }).slice(0, 2)).toEqual(['2026-01', '2025-12'])
    expect(monthsToClose({ closed_to: '2026-03-31', items })[0]).toBe('2026-03')
    expect(monthsToClose({ closed_to: null, items })).toEqual([])
    expect(monthsToClose({ closed_to: '2026-12-31', items: [] })).toHaveLength(12)
  })
})
