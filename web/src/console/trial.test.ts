import { describe, expect, it } from 'vitest'
import { missing, seen, sideOf, subjectsOf, total, trialCsv } from './trial'
import type { SubjectRow, Trial, TrialBlock } from './types'

const row = (subject: string, side: SubjectRow['side'], closing_fen: number, more: Partial<SubjectRow> = {}): SubjectRow => ({
  subject, side, closing_fen, name: { zh: `科目${subject}`, en: `Subject, ${subject}` }, group: 'asset', opening_fen: 0, debit_fen: 0, credit_fen: 0, accounts: 1, ...more,
})

const block = (currency: string, items: SubjectRow[]): TrialBlock => ({
  currency, items, opening_sum_fen: 0, debit_fen: 0, credit_fen: 0, sum_fen: items.reduce((sum, one) => sum + one.closing_fen, 0),
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
    const yuan = block('CNY', [row('1001', 'debit', -123_456, { debit_fen: 123_456 })])
    const table = { blocks: [yuan, block('USD', [row('3002', 'either', -7)])] } as Trial
    expect(trialCsv(table).split('\r\n')).toEqual([
      'currency,subject,name_zh,name_en,side,opening,debit,credit,closing',
      'CNY,1001,"科目1001","Subject, 1001",debit,0.00,1234.56,0.00,1234.56',
      'USD,3002,"科目3002","Subject, 3002",debit,0.00,0.00,0.00,0.07',
    ])
  })

  it('names a subject once and adds no currency to another', () => {
    const table = { blocks: [block('CNY', [row('3002', 'either', 9), row('1001', 'debit', 1)]), block('USD', [row('3002', 'either', -9)])] } as Trial
    expect(subjectsOf(table).map((one) => [one.subject, one.closing_fen])).toEqual([['1001', 1], ['3002', 9]])
    expect(table.blocks.map(missing)).toEqual([10, -9])
    expect(missing({ ...block('CNY', []), debit_fen: 5 })).toBe(5)
  })
})
