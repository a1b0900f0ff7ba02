import { describe, expect, it } from 'vitest'
import { seen, sideOf, total, trialCsv } from './trial'
import type { SubjectRow, Trial } from './types'

const row = (subject: string, side: SubjectRow['side'], closing_fen: number, more: Partial<SubjectRow> = {}): SubjectRow => ({
  subject, side, closing_fen, name: { zh: `科目${subject}`, en: `Subject, ${subject}` }, group: 'asset', opening_fen: 0, debit_fen: 0, credit_fen: 0, accounts: 1, ...more,
})

describe('the trial balance', () => {
  it('writes a balance on the side where the subject stands', () => {
    expect(seen(-500, 'debit')).toBe(500)
    expect(seen(500, 'credit')).toBe(500)
    expect(seen(500, 'debit')).toBe(-500)
    expect(Object.is(seen(0, 'debit'), 0)).toBe(true)
  })

  it('writes a clearing subject on the side where it stands now', () => {
    expect(sideOf(row('3001', 'either', 7))).toBe('credit')
    expect(sideOf(row('3001', 'either', -7))).toBe('debit')
    expect(sideOf(row('3001', 'either', 0, { opening_fen: 7 }))).toBe('credit')
    expect(sideOf(row('1001', 'debit', 7))).toBe('debit')
  })

  it('adds up to the same on both sides', () => {
    const items = [row('1001', 'debit', -300), row('2111', 'credit', 250), row('3001', 'either', 50)]
    expect(total(items, 'closing_fen')).toBe(300)
    expect(items.reduce((sum, one) => sum + Math.max(0, one.closing_fen), 0)).toBe(300)
  })

  it('is a table that spreadsheets read', () => {
    const table = { items: [row('1001', 'debit', -123_456, { debit_fen: 123_456 })] } as Trial
    expect(trialCsv(table).split('\r\n')).toEqual([
      'subject,name_zh,name_en,side,opening,debit,credit,closing',
      '1001,"科目1001","Subject, 1001",debit,0.00,1234.56,0.00,1234.56',
    ])
  })
})
