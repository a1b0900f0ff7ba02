import { beforeEach, describe, expect, it } from 'vitest'
import { step } from './keys'
import { choose } from './prefs'
import { codeName, count, dayTime, entryNo, grouped, left, lineName, signed } from './text'
import { HELD_WORDS } from './words_held'
import { FRAME_WORDS, WORDS } from './words_table'

beforeEach(() => choose({ locale: 'zh-CN' }))

describe('text', () => {
  it('writes what is left', () => {
    expect([left(102_900), left(3_723_000), left(-5)]).toEqual(['1:42', '1:02:03', '0:00'])
  })

  it('writes instants on the bank’s clock', () => {
    expect(dayTime('2026-10-22T18:14:07Z')).toBe('10-23 02:14:07')
    expect(dayTime(null)).toBe('')
  })

  it('writes figures', () => {
    expect([count(88_204_117), count(12), signed(186_000), signed(-32_600)]).toEqual(['88,204,117', '12', '+1,860.00', '\u2212326.00'])
    expect(grouped('6290109000109015678')).toBe('6290 1090 0010 9015 678')
  })

  it('reads an entry’s number as sixteen digits', () => {
    expect(entryNo('01a209f8-cb3c-7b92-9644-005b3401b400')).toMatch(/^(\d{4} ){3}\d{4}$/)
  })

  it('names movements by code, and by kind where that says more', () => {
    expect([codeName(101), codeName(101, 'pend'), codeName(999), lineName('salary', 104), lineName('transfer_out', 102)]).toEqual([
      '转账', '冻结', '银行记账', '代发工资', '手续费',
    ])
  })
})

describe('the keyboard', () => {
  it('stays inside a list', () => {
    expect([step(3, -1, 1), step(3, 2, 1), step(3, 0, -1), step(3, 1, 1), step(0, 0, 1)]).toEqual([0, 2, 0, 2, -1])
  })
})

describe('words', () => {
  it('say the same facts in both languages', () => {
    const facts = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map((found) => found[0]).sort()
    for (const [key, [zh, en]] of Object.entries(WORDS)) expect([key, facts(en)]).toEqual([key, facts(zh)])
  })

  it('have each key once', () => {
    expect(Object.keys(HELD_WORDS).filter((key) => key in FRAME_WORDS)).toEqual([])
  })
})
