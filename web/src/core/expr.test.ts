import { describe, expect, it } from 'vitest'
import vectors from '../../../fengshou/pages/vectors.json'
import { evaluate, ExpressionError, fill, over } from './expr'

interface Vector {
  expr: string
  scope?: Record<string, unknown>
  value?: unknown
  error?: boolean
  locale?: string
  today?: string
}

describe('the vectors both languages run', () => {
  for (const vector of vectors.expressions as Vector[]) {
    const setting = { locale: vector.locale ?? 'zh-CN', today: vector.today ?? '' }
    const said = `${vector.expr.slice(0, 60)} (${setting.locale})`
    if (vector.error) {
      it(`refuses ${said}`, () => expect(() => evaluate(vector.expr, over({}), setting)).toThrow(ExpressionError))
    } else {
      it(said, () => expect(evaluate(vector.expr, over(vector.scope ?? {}), setting)).toStrictEqual(vector.value))
    }
  }
  for (const { template, scope, value } of vectors.templates as { template: string; scope: Record<string, unknown>; value: unknown }[]) {
    it(`fills ${template}`, () => expect(fill(template, over(scope), { locale: 'zh-CN', today: '' })).toStrictEqual(value))
  }
})
