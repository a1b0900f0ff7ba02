/** The rules of a page over one value; the first that does not hold speaks. */
import type { Reader } from './scope'
import type { Rule } from '../core/schema.gen'

export function broken(reader: Reader, rules: Rule[] | undefined, value: unknown): string | null {
  const scope = { ...reader.extra.value, value }
  const rule = (rules ?? []).find((one) => !reader.context.holds(one.test, scope))
  return rule ? reader.context.say(rule.text, scope) : null
}
