import { beforeEach, describe, expect, it } from 'vitest'
import { history } from './held'
import { choose } from './prefs'
import type { CaseView, Proposal } from './types'

const proposal: Proposal = {
  id: 'p', bank: 109, act: 'payment.refuse', subject: 'o', reason: '电话核实', state: 'approved', maker: '陈玉', mine: false, made_at: '2026-10-23T01:10:00Z',
  expires_at: '2026-10-24T01:10:00Z', checker: '王芳', checker_role: 'supervisor', decided_at: '2026-10-23T01:20:00Z', answer: '同意',
}
const view = {
  case: { opened_at: '2026-10-23T01:00:01Z' },
  payment: { at: '2026-10-23T01:00:00Z', amount_fen: 980_000 },
  why: [{ rule: 'SCAM-001' }],
  events: [
    { at: '2026-10-23T01:05:00Z', who: '陈玉', act: 'call', note: '本人接听' },
    { at: '2026-10-23T01:20:01Z', who: '王芳', act: 'refused', note: '电话核实' },
  ],
  proposal,
} as CaseView

describe('what happened to a held payment', () => {
  beforeEach(() => choose({ locale: 'zh-CN' }))

  it('is told from the order to the end, oldest first', () => {
    expect(history(view).map((one) => one.title)).toEqual([
      '客户发起付款 9,800.00', '风控暂停，资金冻结', '陈玉 打了电话', '陈玉 提议退回', '王芳 同意', '退回付款人',
    ])
  })

  it('shows a proposal nobody decided as made, and no more', () => {
    const open = { ...view, proposal: { ...proposal, state: 'open' as const, checker: null, decided_at: null, answer: '' }, events: [] }
    expect(history(open).map((one) => one.tone)).toEqual(['am', 'bad', 'am'])
  })

  it('speaks English too', () => {
    choose({ locale: 'en' })
    expect(history(view).at(3)?.title).toBe('陈玉 proposed to refuse')
  })
})
