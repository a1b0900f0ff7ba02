import { expect, test } from 'vitest'
import { piecesOf, spansOf } from './rich'

test('a table has a head and rows, and its rule is not one', () => {
  const text = '## 1. 收集什么\n| 信息 | 用途 |\n|---|:---:|\n| 手机号码 | 登录 |\n| 姓名 | 实名核验 |\n\n指纹由手机保存。'

  expect(piecesOf(text)).toEqual([
    { kind: 'h3', lines: ['1. 收集什么'] },
    { kind: 'table', head: ['信息', '用途'], rows: [['手机号码', '登录'], ['姓名', '实名核验']] },
    { kind: 'p', lines: ['指纹由手机保存。'] },
  ])
})

test('numbered lines are a numbered list, dashes a plain one', () => {
  expect(piecesOf('1. 您申请\n2. 每人\n- 一\n- 二')).toEqual([
    { kind: 'ol', lines: ['您申请', '每人'] },
    { kind: 'ul', lines: ['一', '二'] },
  ])
})

test('a year that begins a line is not a number of a list', () => {
  expect(piecesOf('2026. 年')).toEqual([{ kind: 'p', lines: ['2026. 年'] }])
})

test('strong words stand between stars', () => {
  expect(spansOf('我们**不保存**。')).toEqual([
    { text: '我们', strong: false },
    { text: '不保存', strong: true },
    { text: '。', strong: false },
  ])
})
