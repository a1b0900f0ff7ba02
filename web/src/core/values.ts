/** What values are in page expressions: JSON, with decimals in place of floats. */
import { Dec } from './decimal'

export type JsonObject = Record<string, unknown>

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Dec)
}

/** The decimal in `value`, or null. A text is read strictly. */
export function number(value: unknown): Dec | null {
  if (value instanceof Dec) return value
  if (typeof value === 'number') return Dec.parse(String(value))
  return typeof value === 'string' ? Dec.parse(value) : null
}

/** How a value is written inside a sentence. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof Dec || typeof value === 'number') return number(value)?.toString() ?? ''
  return ''
}

/** Equality of values: numbers by value, everything else by type and value. */
export function same(left: unknown, right: unknown): boolean {
  const numeric = (value: unknown): boolean => typeof value === 'number' || value instanceof Dec
  if (numeric(left) && numeric(right)) {
    const [a, b] = [number(left), number(right)]
    return a !== null && b !== null && a.compare(b) === 0
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, at) => same(item, right[at]))
  }
  if (isObject(left) && isObject(right)) {
    const keys = Object.keys(left)
    return keys.length === Object.keys(right).length && keys.every((k) => Object.hasOwn(right, k) && same(left[k], right[k]))
  }
  return (left ?? null) === (right ?? null)
}

/** An own member of an object or an item of a list; null when there is none. Nothing inherited is ever reached. */
export function member(box: unknown, key: unknown): unknown {
  if (Array.isArray(box)) {
    const index = number(key)?.whole()
    if (index === null || index === undefined || index < 0n || index >= BigInt(box.length)) return null
    return (box as unknown[])[Number(index)] ?? null
  }
  if (!isObject(box) || typeof key !== 'string') return null
  // `in` lets a reactive object know that this member was looked for, so that adding it later is noticed.
  if (!(key in box) || !Object.hasOwn(box, key)) return null
  return box[key] ?? null
}

/** What counts as yes: everything but null, false, zero, '' and []. */
export function truthy(value: unknown): boolean {
  if (value === null || value === undefined || value === false || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  if (value instanceof Dec) return value.units !== 0n
  return value !== 0
}

/** What leaves an expression: plain JSON, a whole number within 2^53 as a number, any other as its text. */
export function out(value: unknown): unknown {
  if (value instanceof Dec) {
    const whole = value.whole()
    const near = whole !== null && whole <= BigInt(Number.MAX_SAFE_INTEGER) && whole >= -BigInt(Number.MAX_SAFE_INTEGER)
    return near ? Number(whole) : value.toString()
  }
  return Array.isArray(value) ? value.map(out) : (value ?? null)
}
